"""Photos of open boxes: looked at by their content, shrunk, without what the camera wrote."""

import io
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.actor import Actor
from core.errors import FieldError, Invalid, Refused
from logistics.actions.station_base import Answer, Entering, look, table_of
from logistics.actions.station_close import close
from logistics.models import PackPhoto, Scan
from logistics.station_queries import open_session, read_entries
from sellers.models import Seller

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 60_000_000
#: The longer side of what is kept.
SIDE = 1600
_FORMATS = ("JPEG", "PNG", "WEBP")


def read_photo(file: "UploadedFile[Any] | None") -> bytes:
    """A photo as it is kept: JPEG, upright, at most ``SIDE`` pixels, without the camera's notes
    (where it was taken is nobody's business). Raises ``Invalid`` with ``/photo``."""
    if file is None or not file.size:
        raise _invalid(_("Take a photo first."))
    if file.size > MAX_BYTES:
        raise _invalid(_("At most %(n)s MB.") % {"n": MAX_BYTES // 1024 // 1024})
    try:
        with Image.open(file, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _invalid(_("The photo has too many pixels."))
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((SIDE, SIDE))
            out = io.BytesIO()
            upright.save(out, "JPEG", quality=82)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise _invalid(_("This is no photo. JPEG, PNG and WebP can be read.")) from None
    return out.getvalue()


def _invalid(text: str) -> Invalid:
    return Invalid(errors=[FieldError("/photo", text)])


def add_photo(
    *, seller: Seller, actor: Actor, file: "UploadedFile[Any] | None", client_id: str
) -> Answer:
    """Keep a photo of the box that is open on this person's table; the parcel closes when it was
    the last thing that was owed. A client id counts once. Raises ``Invalid`` or ``Refused``."""
    actor.require("shipments:write")
    content = read_photo(file)
    with transaction.atomic():
        session = open_session(seller, actor.id, lock=True)
        if session is None:
            raise Refused(_("Nothing lies on the table."), code="empty")
        scans = read_entries(seller, session, client_id)
        table = table_of(session, scans)
        if any(scan.client_id == client_id for scan in scans):
            return Answer(Scan.Result.RIGHT, "", table, again=True)
        look(seller, table)
        photo = PackPhoto(seller=seller, session=session, taken_by=actor.name[:120])
        photo.file.save(f"{uuid4().hex}.jpg", ContentFile(content), save=False)
        photo.save()
        entering = Entering(seller, actor, client_id, "", table)
        message = _("Photo taken.")
        entering.write(Scan.Kind.PHOTO, Scan.Result.RIGHT, message, data={"photo": photo.pk})
        answer = Answer(Scan.Result.RIGHT, message, table)
        if table.rules is not None and table.step == "close":
            answer = close(entering, table, answer)
    return answer
