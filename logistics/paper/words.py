"""The few words of a packing slip in the language of the buyer's country.

The product's pages speak Chinese and English; buyers read their own language on the paper.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlipWords:
    """Headings of a packing slip."""

    title: str
    order: str
    parcel: str
    to: str
    sender: str
    goods: str
    quantity: str
    total: str
    thanks: str
    help: str


_EN = SlipWords(
    "Packing slip", "Order", "Parcel", "Ship to", "From", "Item", "Qty", "Total",
    "Thank you for your order!", "Something wrong? Write to us on your order's page.",
)  # fmt: skip
_WORDS = {
    "en": _EN,
    "es": SlipWords(
        "Albarán", "Pedido", "Paquete", "Destinatario", "Remitente", "Artículo", "Cant.", "Total",
        "¡Gracias por su compra!", "¿Algún problema? Escríbanos desde la página de su pedido.",
    ),
    "pt": SlipWords(
        "Lista de conteúdo", "Pedido", "Pacote", "Destinatário", "Remetente", "Artigo", "Qtd.",
        "Total", "Obrigado pela sua compra!",
        "Algum problema? Escreva-nos na página do seu pedido.",
    ),
    "fr": SlipWords(
        "Bon de livraison", "Commande", "Colis", "Destinataire", "Expéditeur", "Article", "Qté",
        "Total", "Merci pour votre commande !",
        "Un problème ? Écrivez-nous depuis la page de votre commande.",
    ),
    "de": SlipWords(
        "Lieferschein", "Bestellung", "Paket", "Empfänger", "Absender", "Artikel", "Menge",
        "Summe", "Vielen Dank für Ihre Bestellung!",
        "Stimmt etwas nicht? Schreiben Sie uns auf der Seite Ihrer Bestellung.",
    ),
    "it": SlipWords(
        "Documento di trasporto", "Ordine", "Pacco", "Destinatario", "Mittente", "Articolo",
        "Q.tà", "Totale", "Grazie per il suo ordine!",
        "Qualcosa non va? Ci scriva dalla pagina dell'ordine.",
    ),
    "pl": SlipWords(
        "Lista zawartości", "Zamówienie", "Paczka", "Odbiorca", "Nadawca", "Towar", "Ilość",
        "Razem", "Dziękujemy za zamówienie!",
        "Coś się nie zgadza? Napisz do nas na stronie zamówienia.",
    ),
    "nl": SlipWords(
        "Pakbon", "Bestelling", "Pakket", "Ontvanger", "Afzender", "Artikel", "Aantal", "Totaal",
        "Bedankt voor uw bestelling!",
        "Klopt er iets niet? Schrijf ons via de pagina van uw bestelling.",
    ),
    "ru": SlipWords(
        "Упаковочный лист", "Заказ", "Посылка", "Получатель", "Отправитель", "Товар", "Кол-во",
        "Итого", "Спасибо за заказ!", "Что-то не так? Напишите нам на странице заказа.",
    ),
    "uk": SlipWords(
        "Пакувальний лист", "Замовлення", "Посилка", "Одержувач", "Відправник", "Товар", "К-сть",
        "Разом", "Дякуємо за замовлення!", "Щось не так? Напишіть нам на сторінці замовлення.",
    ),
    "el": SlipWords(
        "Δελτίο συσκευασίας", "Παραγγελία", "Δέμα", "Παραλήπτης", "Αποστολέας", "Είδος", "Ποσ.",
        "Σύνολο", "Ευχαριστούμε για την παραγγελία σας!",
        "Κάτι δεν πάει καλά; Γράψτε μας από τη σελίδα της παραγγελίας.",
    ),
    "tr": SlipWords(
        "Paket içeriği", "Sipariş", "Paket", "Alıcı", "Gönderen", "Ürün", "Adet", "Toplam",
        "Siparişiniz için teşekkürler!", "Bir sorun mu var? Sipariş sayfanızdan bize yazın.",
    ),
    "ko": SlipWords(
        "포장 명세서", "주문", "소포", "받는 사람", "보내는 사람", "상품", "수량", "합계",
        "주문해 주셔서 감사합니다!", "문제가 있으신가요? 주문 페이지에서 문의해 주세요.",
    ),
    "ja": SlipWords(
        "納品書", "注文", "荷物", "お届け先", "差出人", "商品", "数量", "合計",
        "ご注文ありがとうございます。", "お気づきの点は注文ページからご連絡ください。",
    ),
    "ar": SlipWords(
        "قائمة المحتويات", "الطلب", "الطرد", "المرسل إليه", "المرسل", "المنتج", "الكمية",
        "المجموع", "شكرا لطلبكم!", "هل هناك مشكلة؟ راسلونا من صفحة الطلب.",
    ),
    "he": SlipWords(
        "תעודת משלוח", "הזמנה", "חבילה", "נמען", "שולח", "פריט", "כמות", "סך הכול",
        "תודה על ההזמנה!", "משהו לא בסדר? כתבו לנו בעמוד ההזמנה.",
    ),
    "zh": SlipWords(
        "装箱单", "订单", "包裹", "收件人", "发件人", "商品", "数量", "合计",
        "感谢您的订购！", "如有问题，请在订单页面联系我们。",
    ),
}  # fmt: skip

#: Country → language of its slips; English for the others.
_LANGUAGES = {
    language: countries.split()
    for language, countries in {
        "es": "ES MX AR CL CO PE EC UY PY BO VE CR PA DO GT HN NI SV CU PR",
        "pt": "BR PT AO MZ",
        "fr": "FR BE MC LU RE GP MQ",
        "de": "DE AT CH LI",
        "it": "IT SM VA",
        "pl": "PL",
        "nl": "NL",
        "ru": "RU BY KZ KG",
        "uk": "UA",
        "el": "GR CY",
        "tr": "TR",
        "ko": "KR",
        "ja": "JP",
        "ar": "SA AE KW QA BH OM JO EG MA DZ TN IQ LB LY",
        "he": "IL",
        "zh": "CN TW HK MO",
    }.items()
}
_OF_COUNTRY = {country: lang for lang, found in _LANGUAGES.items() for country in found}


def slip_words(country: str) -> SlipWords:
    """The words for buyers in a country (ISO code)."""
    return _WORDS[_OF_COUNTRY.get(country, "en")]
