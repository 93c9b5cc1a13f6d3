"""Small parts that know nothing of Egret."""
