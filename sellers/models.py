"""People, sellers, stores and API keys: who may see what."""

from datetime import time
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import PublicIdMixin
from sellers.job_models import Job, JobPart, JobState

__all__ = [
    "ApiKey",
    "Job",
    "JobPart",
    "JobState",
    "Membership",
    "Notice",
    "Role",
    "Seller",
    "Store",
    "User",
    "code_validator",
]

#: Codes name things in files, addresses and commands.
code_validator = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$", _("Use letters, digits, dot, dash and underscore only.")
)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("a user needs an e-mail address")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Logs in by e-mail address; belongs to sellers by ``Membership``."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(
        _("e-mail address"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("Somebody with this e-mail address exists already.")},
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    is_staff = models.BooleanField(_("may use the admin site"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    #: The person's memberships with their sellers, where they came with the person
    #: (``backends``).
    shops: "list[Membership] | None" = None

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                name="user_email_lower_case", condition=models.Q(email=Lower("email"))
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email.partition("@")[0]


class Seller(PublicIdMixin, models.Model):
    """The tenant: a company. Only an approved one may ship."""

    id_prefix = "sel"

    class Status(models.TextChoices):
        PREPARING = "preparing", _("Preparing")
        APPROVED = "approved", _("Approved")
        SUSPENDED = "suspended", _("Suspended")

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PREPARING
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    #: Steps of the first run that somebody said are in order (``actions.SETUP_MARKS``).
    setup_marks = ArrayField(models.CharField(max_length=20), default=list, editable=False)

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")
        constraints = [
            models.CheckConstraint(
                name="seller_status_known",
                condition=models.Q(status__in=["preparing", "approved", "suspended"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    PACKER = "packer", _("Packer")
    SUPPORT = "support", _("Customer service")
    VIEWER = "viewer", _("Viewer")


class Membership(PublicIdMixin, models.Model):
    """A person's role in a seller."""

    id_prefix = "mem"

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    #: Notices changed after this are unread.
    notices_seen_at = models.DateTimeField(default=timezone.now)
    #: How this person likes the lists of this shop: list → what its page keeps.
    list_settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "user"],
                name="membership_once",
                violation_error_message=_("This person belongs to the shop already."),
            ),
            models.CheckConstraint(
                name="membership_role_known", condition=models.Q(role__in=Role.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Store(PublicIdMixin, models.Model):
    """A seller's shop on one marketplace, and the clock its orders are judged by."""

    id_prefix = "sto"

    class Marketplace(models.TextChoices):
        ALIEXPRESS = "aliexpress", "AliExpress"
        TEMU = "temu", "Temu"
        SHEIN = "shein", "SHEIN"
        TIKTOK = "tiktok", "TikTok Shop"
        AMAZON = "amazon", "Amazon"
        EBAY = "ebay", "eBay"
        SHOPEE = "shopee", "Shopee"
        LAZADA = "lazada", "Lazada"
        OTHER = "other", _("Other")

    class Mode(models.TextChoices):
        SEMI_MANAGED = "semi_managed", _("Semi-managed")
        FULLY_MANAGED = "fully_managed", _("Fully managed")
        SELF_MANAGED = "self_managed", _("Self-managed")

    class ClockMode(models.TextChoices):
        END_OF_DAY = "end_of_day", _("Until the end of the last working day")
        RUNNING_HOURS = "running_hours", _("24 hours per working day, running")

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="stores")
    code = models.CharField(_("code"), max_length=64, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    marketplace = models.CharField(
        _("marketplace"),
        max_length=16,
        choices=Marketplace.choices,
        default=Marketplace.ALIEXPRESS,
    )
    mode = models.CharField(
        _("mode"), max_length=16, choices=Mode.choices, default=Mode.SEMI_MANAGED
    )
    external_id = models.CharField(_("shop id on the marketplace"), max_length=64, blank=True)
    time_zone = models.CharField(
        _("time zone of the clock"), max_length=40, default="Asia/Shanghai"
    )
    handling_days = models.PositiveSmallIntegerField(
        _("handling time in working days"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
    )
    cut_off = models.TimeField(_("daily cut-off"), default=time(16, 0))
    clock_mode = models.CharField(
        _("how the clock runs"),
        max_length=16,
        choices=ClockMode.choices,
        default=ClockMode.END_OF_DAY,
    )
    warn_hours = models.PositiveSmallIntegerField(
        _("warn this many hours before the deadline"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
    )
    accept_hours = models.PositiveSmallIntegerField(
        _("hours in which an order should be accepted"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
    )
    #: Made with the sample data and removed with it; never changes (docs/adr/0013).
    sample = models.BooleanField(
        _("holds samples"), default=False, db_default=False, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.UniqueConstraint(fields=["seller", "code"], name="store_code_once"),
            models.CheckConstraint(
                name="store_handling_days",
                condition=models.Q(handling_days__gte=1, handling_days__lte=30),
            ),
            models.CheckConstraint(
                name="store_choices_known",
                condition=models.Q(
                    mode__in=["semi_managed", "fully_managed", "self_managed"],
                    clock_mode__in=["end_of_day", "running_hours"],
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(PublicIdMixin, models.Model):
    """A key of another system. Shown once; only a hash of its secret is kept."""

    id_prefix = "key"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=80)
    public = models.CharField(max_length=24, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"))
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        indexes = [models.Index(fields=["seller", "-id"], name="apikey_of_seller")]

    def __str__(self) -> str:
        return self.name


class Notice(PublicIdMixin, models.Model):
    """A notice in the page: one for many orders, counted up while it is fresh.

    ``kind`` names the sentence (``sellers.notices.KINDS``), ``bucket`` the hour in which further
    ones are added instead of making another.
    """

    id_prefix = "ntc"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=32)
    bucket = models.DateTimeField()
    count = models.PositiveIntegerField()
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["seller", "kind", "bucket"], name="notice_once"),
        ]
        indexes = [models.Index(fields=["seller", "-updated_at", "-id"], name="notice_newest")]

    def __str__(self) -> str:
        return f"{self.kind} × {self.count}"


class NoticeRead(models.Model):
    """That a person has read a notice as it was then: one that has grown since is unread again.

    What came before ``Membership.notices_seen_at`` is read without a row.
    """

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = _("read notice")
        verbose_name_plural = _("read notices")
        constraints = [
            models.UniqueConstraint(fields=["membership", "notice"], name="notice_read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} {self.notice_id}"
