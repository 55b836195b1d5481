"""Tokens as KMS encrypts them: each by itself, since both together are longer than the 4,096 bytes that it takes."""

from typing import TYPE_CHECKING

from camera_skill.adapters.aws_services import CONFIG, LateClient, Service
from camera_skill.adapters.lru_cache import LruCache
from camera_skill.budget import Budget
from camera_skill.report_errors import GrantError

if TYPE_CHECKING:
    from boto3.session import Session

MOST_KEPT = 256
_KMS = Service("KMS", GrantError)


class TokenCipher:
    """Encrypts with the stack's key, and decrypts what it has not seen lately. A role may be able to do only one."""

    def __init__(self, session: "Session", key_arn: str, kept: int = MOST_KEPT) -> None:
        """`kept`: so many tokens are remembered by their ciphertexts."""
        self._client = LateClient(lambda: session.client("kms", config=CONFIG))
        self._key_arn = key_arn
        self._tokens = LruCache[tuple[str, bytes], str](kept)

    def encrypt(self, user_id: str, token: str, budget: Budget) -> bytes:
        """The ciphertext, which can only be decrypted as this user's. Raises: GrantError."""

        def ask() -> bytes:
            client = self._client.get()
            context = {"user_id": user_id}
            return client.encrypt(KeyId=self._key_arn, Plaintext=token.encode(), EncryptionContext=context)[
                "CiphertextBlob"
            ]

        ciphertext = _KMS.within(budget, ask, "encryption of a token")
        self._tokens.put((user_id, ciphertext), token)
        return ciphertext

    def decrypt(self, user_id: str, ciphertext: bytes, budget: Budget) -> str:
        """The token. Raises: GrantError."""

        def ask() -> str:
            client = self._client.get()
            context = {"user_id": user_id}
            reply = client.decrypt(KeyId=self._key_arn, CiphertextBlob=ciphertext, EncryptionContext=context)
            return reply["Plaintext"].decode()

        token = self._tokens.get((user_id, ciphertext))
        if token is None:
            token = _KMS.within(budget, ask, "decryption of a token")
            self._tokens.put((user_id, ciphertext), token)
        return token
