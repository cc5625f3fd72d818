"""A Streamlit page that says first whether its data is ready.

    PIPELINE_MANAGER_URL=https://ops.example.com PIPELINE_MANAGER_TOKEN=pm_… streamlit run streamlit_page.py

The token (pm token create --name reports --scope read) stays on the server of the page; its readers get a signed address that ends
by itself.
"""

import json
import os
from urllib.request import Request, urlopen

import streamlit as st
import streamlit.components.v1 as components

AGENT = os.environ["PIPELINE_MANAGER_URL"]
TOKEN = os.environ["PIPELINE_MANAGER_TOKEN"]


@st.cache_data(ttl=6 * 3600)
def banner_address(brand_id: str, page: str) -> str:
    """Works for twelve hours; asked for again after six."""
    request = Request(
        f"{AGENT}/api/brands/{brand_id}/pages/{page}/banner",
        data=b"{}",
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        method="POST",
    )
    with urlopen(request, timeout=10) as answer:
        return AGENT + json.load(answer)["path"]


brand_id = st.query_params.get("brand", "")
if brand_id:
    components.iframe(banner_address(brand_id, "ad_performance"), height=56)
    st.title("Ad performance")
else:
    st.info("Name a brand in the address: ?brand=<id>")
