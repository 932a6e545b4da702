"""What the demo shops sell and to whom. Everything here is invented."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Good:
    """A SKU: grams, millimetres, price in USD, units to begin with."""

    code: str
    name: str
    name_zh: str
    specification: str
    grams: int
    size: tuple[int, int, int]
    price: str
    stock: int
    declared: str
    declared_zh: str
    fragile: bool = False
    battery: bool = False
    liquid: bool = False

    @property
    def amount(self) -> Decimal:
        return Decimal(self.price)


GOODS = (
    Good("MUG-CEL-01", "Celadon mug 350 ml", "青瓷马克杯 350 毫升", "Green / 青色", 420,
         (120, 95, 100), "9.90", 180, "Ceramic mug", "陶瓷杯", fragile=True),
    Good("MUG-CEL-02", "Celadon mug 350 ml", "青瓷马克杯 350 毫升", "White / 白色", 420,
         (120, 95, 100), "9.90", 6, "Ceramic mug", "陶瓷杯", fragile=True),
    Good("TEA-SET-4", "Travel tea set, four cups", "旅行茶具一壶四杯", "Grey / 灰色", 980,
         (220, 160, 110), "28.50", 45, "Tea set", "茶具", fragile=True),
    Good("LAMP-USB-W", "Bedside lamp, USB-C", "床头小夜灯 USB-C", "Warm white / 暖光", 310,
         (140, 110, 110), "16.80", 120, "LED lamp", "LED灯", battery=True),
    Good("LAMP-USB-C", "Bedside lamp, USB-C", "床头小夜灯 USB-C", "Cool white / 白光", 310,
         (140, 110, 110), "16.80", 60, "LED lamp", "LED灯", battery=True),
    Good("CASE-15-BK", "Phone case, matte", "磨砂手机壳", "Black / 黑色", 45,
         (170, 90, 12), "4.60", 900, "Phone case", "手机壳"),
    Good("CASE-15-BL", "Phone case, matte", "磨砂手机壳", "Blue / 蓝色", 45,
         (170, 90, 12), "4.60", 640, "Phone case", "手机壳"),
    Good("CABLE-C2-1M", "Braided cable USB-C, 1 m", "编织数据线 USB-C 1 米", "1 m", 38,
         (150, 90, 20), "3.20", 1500, "USB cable", "数据线"),
    Good("CABLE-C2-2M", "Braided cable USB-C, 2 m", "编织数据线 USB-C 2 米", "2 m", 62,
         (160, 100, 25), "4.10", 0, "USB cable", "数据线"),
    Good("POWER-10K", "Power bank 10,000 mAh", "充电宝 10000 毫安", "White / 白色", 230,
         (150, 75, 20), "19.90", 85, "Power bank", "移动电源", battery=True),
    Good("TOWEL-BAM-3", "Bamboo towels, set of three", "竹纤维毛巾三条装", "Beige / 米色", 360,
         (300, 200, 60), "11.40", 210, "Towel", "毛巾"),
    Good("APRON-LIN-M", "Linen apron", "亚麻围裙", "M / 中号", 240,
         (300, 220, 30), "13.20", 95, "Apron", "围裙"),
    Good("KNIFE-PARE", "Paring knife with sheath", "水果刀带护套", "9 cm", 90,
         (210, 40, 25), "7.30", 140, "Kitchen knife", "水果刀"),
    Good("BOARD-ACA-S", "Acacia chopping board", "相思木砧板", "S / 小号", 760,
         (300, 200, 18), "18.60", 38, "Chopping board", "砧板"),
    Good("PLANT-POT-3", "Plant pots, set of three", "小花盆三件套", "Terracotta / 陶土色", 890,
         (180, 180, 160), "15.70", 52, "Flower pot", "花盆", fragile=True),
    Good("CANDLE-OSM", "Candle, osmanthus", "桂花香薰蜡烛", "180 g", 330,
         (90, 90, 95), "12.90", 75, "Candle", "蜡烛"),
    Good("OIL-HAIR-50", "Hair oil, camellia 50 ml", "山茶花护发油 50 毫升", "50 ml", 120,
         (130, 40, 40), "8.80", 110, "Hair oil", "护发油", liquid=True),
    Good("SOCK-WOOL-2", "Wool socks, two pairs", "羊毛袜两双装", "EU 38–42", 130,
         (200, 120, 40), "6.90", 320, "Socks", "袜子"),
    Good("BAG-FOLD-20", "Folding daypack 20 l", "折叠双肩包 20 升", "Olive / 橄榄绿", 280,
         (220, 160, 60), "17.50", 66, "Backpack", "背包"),
    Good("PUZZLE-500", "Puzzle, 500 pieces", "拼图 500 片", "West Lake / 西湖", 540,
         (260, 190, 50), "10.60", 80, "Puzzle", "拼图"),
)  # fmt: skip

#: Sold, but the SKU's code on the marketplace is not one of ours until somebody maps it.
STRANGE_CODE = "AE-1005008123"


@dataclass(frozen=True, slots=True)
class Place:
    """Where buyers live: names and streets in the script of the country."""

    country: str
    state: str
    city: str
    postcode: str
    street: str
    names: tuple[str, ...]
    phone: str
    tax_number: str = ""


PLACES = (
    Place("BR", "SP", "São Paulo", "01310-100", "Av. Paulista {n}",
          ("Ana Souza", "João Pereira", "Luíza Gonçalves"), "+55119{d8}", "111.444.777-35"),
    Place("BR", "RJ", "Rio de Janeiro", "22041-001", "Rua Barata Ribeiro {n}",
          ("Caio Fernandes", "Inês Araújo"), "+55219{d8}", "529.982.247-25"),
    Place("ES", "Madrid", "Madrid", "28013", "Calle de Alcalá {n}",
          ("Lucía Fernández", "Íñigo Peña", "Marta Ruiz"), "+34612{d6}"),
    Place("ES", "Barcelona", "Barcelona", "08009", "Carrer de Mallorca {n}",
          ("Jordi Puig", "Núria Vila"), "+34633{d6}"),
    Place("FR", "", "Lyon", "69002", "{n} rue de la République",
          ("Chloé Lefèvre", "Théo Garnier"), "+33612{d6}"),
    Place("FR", "", "Paris", "75011", "{n} boulevard Voltaire",
          ("Élodie Marchand", "François Noël"), "+33698{d6}"),
    Place("US", "CA", "San Diego", "92101", "{n} Kettner Blvd",
          ("Grace Miller", "Owen Carter"), "+16195{d6}"),
    Place("US", "TX", "Austin", "78701", "{n} Congress Ave",
          ("Maria Lopez", "Ethan Brooks"), "+15125{d6}"),
    Place("PL", "", "Kraków", "31-005", "ul. Grodzka {n}",
          ("Łukasz Wiśniewski", "Agnieszka Dąbrowska"), "+48601{d6}"),
    Place("KR", "서울특별시", "강남구", "06164", "영동대로 {n}",
          ("김서연", "박지호"), "+82109{d7}"),
    Place("MX", "CDMX", "Cuauhtémoc", "06600", "Paseo de la Reforma {n}",
          ("Sofía Hernández", "Diego Ramírez"), "+5255{d8}"),
    Place("DE", "", "Leipzig", "04109", "Grimmaische Straße {n}",
          ("Jörg Schäfer", "Greta Weiß"), "+49151{d8}"),
)  # fmt: skip

REMARKS = (
    "Please pack it well, it is a present.",
    "Без упаковки с ценой, пожалуйста.",
    "麻烦发绿色的，谢谢！",
    "Puede dejarlo con el portero.",
    "No invoice inside, please.",
)
