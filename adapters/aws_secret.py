"""Secrets kept in AWS Secrets Manager."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import boto3
from botocore import exceptions as aws
from botocore.config import Config
from pydantic import BaseModel, ConfigDict, Field

from adapters.errors import NoAccess, Rule, Transient, map_errors

SECONDS = 10
BUSY = frozenset({"InternalServiceError", "InternalFailure", "ServiceUnavailable", "ThrottlingException"})
CLOCK = frozenset({"RequestExpired", "RequestInTheFuture", "SignatureDoesNotMatch"})


class AwsSecret(BaseModel):
    """A secret of AWS Secrets Manager, read with what the machine may do there.

    Who asks is found as boto3 finds it: environment, profile, container or instance role. That identity needs
    ``secretsmanager:GetSecretValue`` for this secret, and no more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(min_length=1, max_length=2048, description="Its name or ARN.")
    key: str | None = Field(
        default=None,
        min_length=1,
        description="Item of the secret, where it is a JSON object; absent: all of it.",
    )
    region: str | None = Field(default=None, description="Its region; absent: the one of boto3's settings.")
    profile: str | None = Field(default=None, description="Profile of the credentials file to ask with.")
    endpoint_url: str | None = Field(
        default=None,
        pattern=r"^https?://.+",
        description="Another address of the service, such as a VPC endpoint.",
    )

    def fetch(self) -> str:
        """The secret now. Blocks. Raises ``NoAccess`` or ``Transient``, naming the secret, never its value."""
        with map_errors(_RULES, f"the secret {self.id} of AWS Secrets Manager"):
            answer = self._client().get_secret_value(SecretId=self.id)
        text = answer.get("SecretString")
        if text is None:
            raise NoAccess(f"the secret {self.id} is binary", hint="store it as text")
        return str(text) if self.key is None else self._item(text, self.key)

    def _client(self) -> Any:
        session = boto3.session.Session(profile_name=self.profile)
        config = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1})
        return session.client(
            "secretsmanager", region_name=self.region, endpoint_url=self.endpoint_url, config=config
        )

    def _item(self, text: str, key: str) -> str:
        try:
            items = json.loads(text)
        except ValueError:
            items = None
        if not isinstance(items, dict):
            raise NoAccess(f"the secret {self.id} is no JSON object", hint="leave out key: it is one text")
        if not isinstance(items.get(key), str):
            raise NoAccess(f"the secret {self.id} has no text under {key}", hint="see key, and the secret")
        return str(items[key])


def _says(codes: frozenset[str], error: aws.ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") in codes


_RULES = (
    Rule(error=aws.ClientError, when=partial(_says, BUSY), becomes=Transient, says="the service is busy"),
    Rule(
        error=aws.ClientError,
        when=partial(_says, frozenset({"ResourceNotFoundException"})),
        becomes=NoAccess,
        says="there is none",
        hint="see id and region",
    ),
    Rule(
        error=aws.ClientError,
        when=partial(_says, CLOCK),
        becomes=NoAccess,
        says="the signature was not taken",
        hint="see the secret key, and this machine's clock",
    ),
    Rule(
        error=aws.ClientError,
        becomes=NoAccess,
        says="it is not given",
        hint="this identity needs secretsmanager:GetSecretValue for it, and kms:Decrypt for its key",
    ),
    Rule(
        error=(aws.ConnectionError, aws.HTTPClientError),
        becomes=Transient,
        says="the service does not answer",
        hint="see region and endpoint_url",
    ),
    Rule(
        error=aws.BotoCoreError,
        becomes=NoAccess,
        says="it cannot be asked for",
        hint="see region and profile, and where boto3 finds credentials",
    ),
)
