package dev.cadenza.chat.jinja;

/** HTML escapes of safe text. */
final class Html {
    private Html() {
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;").replace("'", "&#39;").replace("\"", "&#34;");
    }

    /** A text as it joins safe text: escaped unless safe itself. */
    static String escaped(Value.Text text) {
        return text.safe() ? text.text() : escape(text.text());
    }
}
