from typing import Optional

from .base_model import BaseModel


class SignInInput(BaseModel):
    """Who signs in to the desk."""

    account: str
    "The account."
    password: str
    "Its password."
    device: Optional[str] = None
    "What an earlier session on this device gave; none for a new device."
