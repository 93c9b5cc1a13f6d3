"""Small files that ask for much: PDF bombs, pictures and drawings. Each is made here; none is of anybody's."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue (ISO 32000-1, 7.5)."""
    written, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(written)


def _stream(content: bytes, entries: bytes = b"", *, packed: bool = True) -> bytes:
    if packed:
        content, entries = zlib.compress(content, 9), entries + b"/Filter/FlateDecode"
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def _page(content: bytes, resources: bytes, *others: bytes, box: bytes = b"0 0 595 842") -> bytes:
    """One page with this content; `others` are objects from number 5."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<<%s>>>>" % (box, resources)
    root = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    return pdf_of(*root, page, _stream(content), *others)


def nested_forms(levels: int = 8, times: int = 10) -> bytes:
    """Form objects that each paint the next one ten times."""
    forms = []
    for level in range(levels):
        last = level == levels - 1
        content = b"0 0 500 800 re f " * 10 if last else b"/F Do " * times
        inside = b"" if last else b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + level)
        forms.append(_stream(content, b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]" + inside))
    return _page(b"/F Do " * times, b"/XObject<</F 5 0 R>>", *forms)


def transparency(fills: int = 20_000) -> bytes:
    """A group with transparency for each of many fills of the whole page."""
    state = b"<</Type/ExtGState/ca .01/CA .01/BM/Luminosity>>"
    group = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Group<</S/Transparency/I true/K true>>"
    form = _stream(b"0 0 595 842 re f", group + b"/Resources<</ExtGState<</G 5 0 R>>>>")
    return _page(b"/G gs /F Do " * fills, b"/ExtGState<</G 5 0 R>>/XObject<</F 6 0 R>>", state, form)


def large_image(edge: int = 30_000) -> bytes:
    """A picture of zeros, packed twice."""
    zeros = zlib.compress(zlib.compress(bytes(64 << 20), 9), 9)
    entries = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB"
        b"/Filter[/FlateDecode/FlateDecode]" % (edge, edge)
    )
    return _page(b"595 0 0 842 0 0 cm /I Do", b"/XObject<</I 5 0 R>>", _stream(zeros, entries, packed=False))


def many_paths(count: int = 3_000_000) -> bytes:
    """One path of millions of curves."""
    return _page(b"0 0 m " + b"1 2 3 4 5 6 c " * count + b"S", b"")


def tiling(step: bytes = b".01") -> bytes:
    """A pattern whose tiles are a hundredth of a point apart."""
    tile = _stream(
        b"0 0 1 1 re f",
        b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep %s/YStep %s/Resources<<>>"
        % (step, step),
    )
    return _page(b"/Pattern cs /P scn 0 0 595 842 re f", b"/Pattern<</P 5 0 R>>", tile)


def shading() -> bytes:
    """A shading by a function that calls functions that call functions."""
    inner = b"<</FunctionType 2/Domain[0 1]/C0[0]/C1[1]/N 1>>"
    bounds = b" ".join(b"%f" % (n / 4000) for n in range(1, 4000))
    stitched = b"<</FunctionType 3/Domain[0 1]/Functions[%s]/Bounds[%s]/Encode[%s]>>" % (
        b"6 0 R " * 4000,
        bounds,
        b"0 1 " * 4000,
    )
    shade = b"<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 1 0 1]/Matrix[595 0 0 842 0 0]/Function 5 0 R>>"
    return _page(b"/S sh " * 200, b"/Shading<</S 7 0 R>>", stitched, inner, shade)


def page_tree(depth: int = 20, width: int = 4) -> bytes:
    """A tree of pages in which each branch is the same branch."""
    kids = [b"<</Type/Pages/Count 99999999/Kids[%s]>>" % (b"%d 0 R " % (n + 3) * width) for n in range(depth)]
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    return pdf_of(b"<</Type/Catalog/Pages 2 0 R>>", *kids, leaf)


def unpacking(times: int = 40) -> bytes:
    """Streams that unpack to a gigabyte each."""
    zeros = zlib.compress(zlib.compress(b" " * (128 << 20), 9), 9)
    body = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(zeros), zeros)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents[%s]>>" % (b"4 0 R " * times)
    return pdf_of(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, body)


def png_of(width: int, height: int, *chunks: bytes, most: int = 64 << 20) -> bytes:
    """A PNG of zeros that says how large it is (PNG, second edition, 11.2); `chunks` come before the picture."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    squeezed = zlib.compress(bytes(min((width * 3 + 1) * height, most)), 9)
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + _chunk(b"IDAT", squeezed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def turned_png() -> bytes:
    """As large as is taken, and to be turned by a quarter (Exif 2.32, 4.6.4)."""
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    return png_of(6320, 6320, _chunk(b"eXIf", exif), most=130 << 20)


def text_png() -> bytes:
    """A PNG whose compressed text is a thousand times its size."""
    return png_of(16, 16, _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(128 << 20), 9)))


def svg_bomb() -> bytes:
    """A drawing whose entities unfold a billion times, where someone hopes that it is a picture."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE svg [<!ENTITY a0 "x">{entities}]><svg xmlns="http://www.w3.org/2000/svg"><text>&a9;</text></svg>'
    return text.encode()


def font_bomb() -> bytes:
    """A PDF whose font is nonsense that says it is huge."""
    font = b"\0\x01\0\0" + b"\xff" * 12 + b"glyf" + b"\xff\xff\xff\xf0" * 3 + bytes(100_000)
    descriptor = b"<</Type/FontDescriptor/FontName/A/Flags 4/FontBBox[0 0 1 1]/FontFile2 7 0 R>>"
    simple = b"<</Type/Font/Subtype/TrueType/BaseFont/A/FirstChar 0/LastChar 255/FontDescriptor 6 0 R>>"
    return _page(
        b"BT /A 900 Tf (" + b"A" * 20_000 + b") Tj ET", b"/Font<</A 5 0 R>>", simple, descriptor, _stream(font)
    )


PICTURE_BOMBS: dict[str, Callable[[], bytes]] = {
    "wide and high": lambda: png_of(60_000, 60_000),
    "a line": lambda: png_of(1, 2_000_000_000),
    "turned": turned_png,
    "text": text_png,
    "a drawing": svg_bomb,
    "a font": font_bomb,
}


PDF_BOMBS: dict[str, Callable[[], bytes]] = {
    "nested forms": nested_forms,
    "transparency": transparency,
    "a large image": large_image,
    "many paths": many_paths,
    "tiling": tiling,
    "shading": shading,
    "a page tree": page_tree,
    "unpacking": unpacking,
}
"""Eight shapes."""
