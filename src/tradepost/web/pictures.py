"""Forms with a picture beside their fields."""

from collections.abc import Callable
from typing import Any, BinaryIO

from django import forms

from tradepost.lib.errors import Invalid
from tradepost.lib.pictures import Picture
from tradepost.web.forms import PageForm
from tradepost.web.page import PageRequest


class PictureForm(PageForm):
    """A form that takes a picture, and takes away the one there is. `read` is the service that reads it."""

    picture = forms.FileField(
        label="Picture",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text="JPEG, PNG or WebP, at most 5 MB.",
    )
    no_picture = forms.BooleanField(label="Take the picture away", required=False)

    def __init__(self, request: PageRequest, *, has_one: bool, read: Callable[..., Picture], **kwargs: Any) -> None:
        super().__init__(request.POST or None, request.FILES or None, **kwargs)
        self.actor, self.read = request.actor, read
        if not has_one:
            del self.fields["no_picture"]
        if self.files:  # a browser sends no file twice by itself
            self.fields["picture"].help_text = f"Choose it once more. {self.fields['picture'].help_text}"

    def clean_picture(self) -> Picture | None:
        """The picture that was sent, drawn anew; the form is checked before any transaction begins."""
        file: BinaryIO | None = self.cleaned_data["picture"]
        try:
            return self.read(file, actor=self.actor) if file else None
        except Invalid as error:
            raise forms.ValidationError(f"{error.title}.") from None

    def hand_picture(self, change: Callable[[Picture | None], object]) -> None:
        """Change to the picture that was sent, or to none where it is to be taken away; else it stays as it is."""
        picture = self.cleaned_data["picture"]
        if picture or self.cleaned_data.get("no_picture"):
            change(picture)
