"""`egret scheme impact`: two versions of a scheme over a city, as text and as a page with plots.

`city` finds the people (the database, or made-up ones), `report` has the words and the text,
`plots` the geometry of the page's pictures.
"""
