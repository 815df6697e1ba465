"""Secrets kept in AWS Secrets Manager."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


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
