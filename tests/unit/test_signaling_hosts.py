import pytest

from camera_skill.adapters.signaling_hosts import check_signaling_endpoint
from camera_skill.camera import Camera
from camera_skill.errors import SignalingError


def camera(signaling_endpoint: str) -> Camera:
    return Camera("front-door", "arn:aws:kinesisvideo:example", "us-east-1", signaling_endpoint)


@pytest.mark.parametrize(
    "url",
    [
        "https://r-424ef825.kinesisvideo.ap-northeast-2.amazonaws.com",
        "https://r-424ef825.kinesisvideo.us-east-1.api.aws",
        "https://r-424ef825.kinesisvideo-fips.us-east-1.amazonaws.com",
        "https://r-424ef825.kinesisvideo.cn-north-1.amazonaws.com.cn",
    ],
)
def test_an_endpoint_may_get_offers_when_it_is_awss(url: str) -> None:
    check_signaling_endpoint(camera(url), ())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "r-1.kinesisvideo.us-east-1.amazonaws.com",
        "http://r-1.kinesisvideo.us-east-1.amazonaws.com",
        "https://r-1.kinesisvideo.us-east-1.amazonaws.com.evil.example",
        "https://evil.example/r-1.kinesisvideo.us-east-1.amazonaws.com",
        "https://r-1.kinesisvideo.us-east-1.amazonaws.com@evil.example",
        "https://evilkinesisvideo.us-east-1.amazonaws.com",
        "https://[r-1.kinesisvideo.us-east-1.amazonaws.com",
        "https://r-1.kinesisvideo.us-east-1.amazonaws.com\n.evil.example",
        "https://evil.example\\@r-1.kinesisvideo.us-east-1.amazonaws.com",
        "https://user@r-1.kinesisvideo.us-east-1.amazonaws.com",
        "https://r-1.kinesisvideo.us-east-1.amazonaws.com:8443",
        "https://r-1.kinesisvideo.us-east-1.amazonaws.com/path",
        " https://r-1.kinesisvideo.us-east-1.amazonaws.com",
        "http://127.0.0.1:8080",
        "file:///etc/passwd",
    ],
)
def test_an_endpoint_gets_no_offer_when_it_is_not_awss(url: str) -> None:
    with pytest.raises(SignalingError, match="front-door"):
        check_signaling_endpoint(camera(url), ())


def test_a_local_endpoint_may_get_offers_when_the_settings_name_its_host() -> None:
    check_signaling_endpoint(camera("http://127.0.0.1:8080"), {"127.0.0.1"})
    with pytest.raises(SignalingError):
        check_signaling_endpoint(camera("ftp://127.0.0.1:8080"), {"127.0.0.1"})
    with pytest.raises(SignalingError):
        check_signaling_endpoint(camera("http://localhost:8080\\@127.0.0.1"), {"127.0.0.1"})
