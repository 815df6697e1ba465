"""How secrets of AWS Secrets Manager are asked for."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import boto3
from botocore import exceptions as aws
from botocore.config import Config

from adapters.credentials.aws_secret import AwsSecret
from adapters.errors import NoAccess, Rule, Transient, map_errors

SECONDS = 10
BUSY = frozenset({"InternalServiceError", "InternalFailure", "ServiceUnavailable", "ThrottlingException"})
CLOCK = frozenset({"RequestExpired", "RequestInTheFuture", "SignatureDoesNotMatch"})


def fetch(secret: AwsSecret) -> str:
    """The secret now. Blocks. Raises ``NoAccess`` or ``Transient``, naming the secret, never its value."""
    with map_errors(_RULES, f"the secret {secret.id} of AWS Secrets Manager"):
        answer = _client(secret).get_secret_value(SecretId=secret.id)
    text = answer.get("SecretString")
    if text is None:
        raise NoAccess(f"the secret {secret.id} is binary", hint="store it as text")
    return str(text) if secret.key is None else _item(secret, text, secret.key)


def _client(secret: AwsSecret) -> Any:
    session = boto3.session.Session(profile_name=secret.profile)
    config = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1})
    return session.client(
        "secretsmanager", region_name=secret.region, endpoint_url=secret.endpoint_url, config=config
    )


def _item(secret: AwsSecret, text: str, key: str) -> str:
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, dict):
        raise NoAccess(f"the secret {secret.id} is no JSON object", hint="leave out key: it is one text")
    if not isinstance(items.get(key), str):
        raise NoAccess(f"the secret {secret.id} has no text under {key}", hint="see key, and the secret")
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
