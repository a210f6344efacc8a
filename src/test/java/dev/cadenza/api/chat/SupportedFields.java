package dev.cadenza.api.chat;

import java.util.Set;

/** Lets tests outside this room see which fields a chat request may use. */
public final class SupportedFields {
    private SupportedFields() {
    }

    public static Set<String> names() {
        return ChatFields.SUPPORTED.names();
    }
}
