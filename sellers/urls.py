"""Choosing a shop, and its settings."""

from django.urls import path

from sellers.views import design, keyboard, keys, notices, people, search, settings, shops

app_name = "sellers"
urlpatterns = [
    path("shops/", shops.choose, name="choose"),
    path("settings/", settings.index, name="settings"),
    path("settings/shop/", settings.shop, name="shop"),
    path("settings/stores/new/", settings.add_store, name="add_store"),
    path("settings/stores/<str:store_id>/", settings.store, name="store"),
    path("settings/keys/", keys.index, name="keys"),
    path("settings/keys/<str:key_id>/revoke/", keys.revoke, name="revoke_key"),
    path("settings/people/", people.index, name="people"),
    path("settings/people/<str:member_id>/role/", people.role, name="change_role"),
    path("settings/people/<str:member_id>/link/", people.link, name="password_link"),
    path("settings/people/<str:member_id>/remove/", people.remove, name="remove_member"),
    path("settings/me/", settings.me, name="me"),
    path("search/", search.index, name="search"),
    path("notices/", notices.index, name="notices"),
    path("notices/bell/", notices.bell, name="bell"),
    path("notices/newest/", notices.newest, name="newest_notices"),
    path("notices/read/", notices.read_all, name="read_notices"),
    path("notices/<str:notice_id>/", notices.follow, name="notice"),
    path("notices/<str:notice_id>/read/", notices.read, name="read_notice"),
    path("palette/", keyboard.palette, name="palette"),
    path("shortcuts/", keyboard.shortcuts, name="shortcuts"),
    path("design/", design.index, name="design"),
]
