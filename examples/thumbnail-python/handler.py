"""Shrinks a picture: {"image": base64, "size": pixels} -> {"image": base64 JPEG, "width", "height", "bytes"}."""

import base64
import io
import logging

from PIL import Image, ImageOps

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handle(event, context):
    size = int(event.get("size", 128))
    with Image.open(io.BytesIO(base64.b64decode(event["image"]))) as picture:
        before = picture.size
        thumbnail = ImageOps.exif_transpose(picture).convert("RGB")
    thumbnail.thumbnail((size, size), Image.Resampling.LANCZOS)

    out = io.BytesIO()
    thumbnail.save(out, "JPEG", quality=85, optimize=True)
    logger.info("resized %dx%d to %dx%d, %d bytes", *before, *thumbnail.size, out.tell())
    return {
        "image": base64.b64encode(out.getvalue()).decode(),
        "width": thumbnail.width,
        "height": thumbnail.height,
        "bytes": out.tell(),
    }
