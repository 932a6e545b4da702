"""``manage.py create_api_key``: prints the key and nothing else."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actor import Actor
from core.errors import DomainError
from sellers.access import SCOPES, sentences
from sellers.actions import create_api_key
from sellers.models import Seller


class Command(BaseCommand):
    # Programs read what is printed.
    requires_system_checks: list[str] = []
    help = "Create an API key of a seller and print it. It cannot be shown again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--seller", required=True, metavar="CODE", help="code of the seller")
        parser.add_argument(
            "--scopes",
            required=True,
            help=f"“all”, or some of these, by comma: {', '.join(SCOPES)}",
        )
        parser.add_argument("--name", default="command line", help="which system uses it")

    def handle(self, *args: Any, **options: Any) -> None:
        seller = Seller.objects.filter(code=options["seller"]).first()
        if seller is None:
            raise CommandError(f"There is no seller with the code {options['seller']}.")
        named = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            _key, token = create_api_key(
                seller=seller,
                name=options["name"],
                scopes=SCOPES if named == ["all"] else named,
                actor=Actor.job("create_api_key"),
            )
        except DomainError as error:
            raise CommandError(" ".join(sentences(error))) from error
        self.stdout.write(token)
