"""What can be wrong with a recording.

::

    UnsupportedMediaError            415
    +-- UnsupportedAudioError            its content is of none of the formats that are read
    TooLargeError                    413
    +-- AudioTooLongError                it lasts longer than is accepted
    InvalidInputError                422 below ``/api/v1``
    +-- EmptyAudioError                  no bytes, or no sound in them
    +-- CorruptAudioError                it cannot be decoded, or ends early
    +-- NoSpeechError                    nobody speaks in it
    +-- UnknownLanguageError             the model does not know the language
"""

from tandem.core.errors import InvalidInputError, TooLargeError, UnsupportedMediaError


class UnsupportedAudioError(UnsupportedMediaError):
    """The content is of none of the formats that are read, whatever its name says."""

    code = "unsupported_audio"


class AudioTooLongError(TooLargeError):
    """The recording lasts longer than is accepted."""

    code = "audio_too_long"


class EmptyAudioError(InvalidInputError):
    """There are no bytes, or no sound in them."""

    code = "empty_audio"


class CorruptAudioError(InvalidInputError):
    """The recording cannot be decoded, or ends long before it should."""

    code = "corrupt_audio"


class NoSpeechError(InvalidInputError):
    """Nobody speaks in the recording."""

    code = "no_speech"


class UnknownLanguageError(InvalidInputError):
    """The model does not know the language."""

    code = "unknown_language"
