"""`egret`: every command, one file for each group of them."""
