"""Choosing the shop to work in."""

from django.http import HttpResponseBase
from django.shortcuts import redirect, render

from sellers.access import PageRequest, choose_seller, memberships_of, page, safe_next


@page(shop=False)
def choose(request: PageRequest) -> HttpResponseBase:
    """GET asks, POST (``seller``: its code, ``next``) remembers the answer for the session."""
    if request.method == "POST":
        choose_seller(request, request.POST.get("seller", ""))
        return redirect(safe_next(request, request.POST.get("next")))
    if len(memberships_of(request)) < 2:
        return redirect("/")
    return render(
        request, "sellers/choose.html", {"next": safe_next(request, request.GET.get("next"))}
    )
