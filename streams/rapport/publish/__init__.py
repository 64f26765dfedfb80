"""The one path for services that publish: the publisher, and every event's model.

>>> from rapport.publish import PromiseSettled, RecordingPublisher
>>> with RecordingPublisher(source="urn:example:crm") as publisher:
...     receipt = publisher.publish(PromiseSettled(client="finance", kept=True))
>>> receipt.done, publisher.published[0].data.kept
(True, True)
"""

from rapport.publish.sdk import *  # noqa: F403 # an editable install copies this file: it must not change
from rapport.publish.sdk import __all__ as __all__
