"""Images: counted in pixels, and written anew from the pixels alone, so that no place or camera stays in them."""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from cse_tracker.papers.kinds import Unfit

MOST_PIXELS: Final = 40_000_000
"""A photograph of a good telephone has 12 to 50 million; opened, each takes four bytes."""


def cleaned_png(content: bytes) -> bytes:
    """Give a PNG image without anything but its pixels; raises Unfit."""
    return _cleaned(content, "PNG")


def cleaned_jpeg(content: bytes) -> bytes:
    """Give a JPEG image, turned as its camera meant it, without anything but its pixels; raises Unfit."""
    return _cleaned(content, "JPEG")


def _cleaned(content: bytes, form: str) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[form]) as image:
                _refuse_huge(image)
                image.load()
                upright = ImageOps.exif_transpose(image)
    except Unfit:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        message = f"The image cannot be read as a {form} image: open it and save it again"
        raise Unfit(message) from None
    # Only transparency is kept of what came beside the pixels.
    upright.info = {name: value for name, value in upright.info.items() if name == "transparency"}
    out = io.BytesIO()
    if form == "JPEG":
        plain = upright if upright.mode in {"RGB", "L"} else upright.convert("RGB")
        plain.info = {}
        plain.save(out, "JPEG", quality=90)
    else:
        upright.save(out, "PNG")
    return out.getvalue()


def _refuse_huge(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        message = f"The image has more than {MOST_PIXELS // 1_000_000} million pixels: save it smaller"
        raise Unfit(message)
