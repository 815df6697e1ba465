"""An object store on moto, for the demo: in memory, one bucket, versioning off.

moto enforces conditional creation and accepts any signature: it shows how things move, not that a real store
would let them.
"""

from __future__ import annotations

import logging
from typing import Any, Self

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer


class S3Server:
    """The store on a free loopback port; a context manager."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.url = ""

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line per request is no news
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        client = store(self.url)
        client.create_bucket(Bucket=self.bucket)
        client.close()
        return self

    def __exit__(self, *exc: object) -> None:
        self._empty()
        self._server.stop()

    def _empty(self) -> None:
        """Remove the bucket: moto keeps one memory for all its servers of a process."""
        client = store(self.url)
        for upload in client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ()):
            client.abort_multipart_upload(Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            for item in page.get("Contents", ()):
                client.delete_object(Bucket=self.bucket, Key=item["Key"])
        client.delete_bucket(Bucket=self.bucket)
        client.close()


def store(url: str) -> Any:
    """A plain client of the store at ``url``, for senders and for the check: nothing of the gateway's."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="demo",
        aws_secret_access_key="demo",
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
