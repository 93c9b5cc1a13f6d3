"""The one place for untrusted native work: pictures, PDF files, drawings and letters, each in a process of its own."""
