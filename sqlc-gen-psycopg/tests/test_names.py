"""Names of SQL become names of Python."""

import pytest
from sqlc_gen_psycopg.names import snake_case


@pytest.mark.parametrize(
    ("name", "expected", "split"),
    [
        ("GetNodesByIDs", "get_nodes_by_ids", "get_nodes_by_i_ds"),
        ("ListAttachmentURLs", "list_attachment_urls", "list_attachment_ur_ls"),
        ("OAuth2URLs", "oauth2_urls", "o_auth2_ur_ls"),
        ("HTTPSServers", "https_servers", "https_servers"),
        ("IDsByURL", "ids_by_url", "i_ds_by_url"),
        ("UserIDs2", "user_ids2", "user_i_ds2"),
        ("PDFsAndJPEGs", "pdfs_and_jpegs", "pd_fs_and_jpe_gs"),
        ("iOSApps", "ios_apps", "i_os_apps"),
        ("GetS3URLs", "get_s3_urls", "get_s3_ur_ls"),
        ("GetIPv4Address", "get_ipv4_address", "get_i_pv4_address"),
        ("get_IDs_by_URLs", "get_ids_by_urls", "get_i_ds_by_ur_ls"),
        # Acronyms before As, Is and Us, and those that end like them.
        ("URLIsActive", "url_is_active", "url_is_active"),
        ("SetURLAsDefault", "set_url_as_default", "set_url_as_default"),
        ("TellURLUs2", "tell_urlus2", "tell_url_us2"),
        ("PlanBIsActive", "plan_b_is_active", "plan_b_is_active"),
        ("ListAPIsByURL", "list_apis_by_url", "list_ap_is_by_url"),
        ("ListSKUsAndSLAs", "list_skus_and_slas", "list_sk_us_and_sl_as"),
        ("AIsByName", "ais_by_name", "a_is_by_name"),
        # Unchanged names.
        ("getHTTPServer", "get_http_server", "get_http_server"),
        ("ATeam", "a_team", "a_team"),
        ("ListXsAndYs", "list_xs_and_ys", "list_xs_and_ys"),
        ("DNSRecords", "dns_records", "dns_records"),
        ("GetMP3s", "get_mp3s", "get_mp3s"),
        ("list_snake_case", "list_snake_case", "list_snake_case"),
    ],
)
def test_acronyms(name: str, expected: str, split: str) -> None:
    assert snake_case(name) == expected
    assert snake_case(name, split_acronyms=True) == split
