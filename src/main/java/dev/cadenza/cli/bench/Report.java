package dev.cadenza.cli.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A result that describes itself.
 *
 * @param head     machine and settings, in order
 * @param sections in the order in which they were measured
 * @param notes    what a reader must know to judge the figures
 */
record Report(Map<String, String> head, List<Section> sections, List<String> notes) {
    private static final JsonMapper JSON = new JsonMapper();

    /** For people: a head, tables, notes. Several tables have their titles. */
    void table(PrintWriter out) {
        head.forEach((name, value) -> out.printf("%-12s %s%n", name, value));
        for (Section section : sections) {
            out.println();
            if (sections.size() > 1) {
                out.println(section.title());
                out.println();
            }
            section.table().print(out);
        }
        if (!notes.isEmpty()) {
            out.println();
            notes.forEach(out::println);
        }
        out.flush();
    }

    /** For programs: one line. */
    String json() {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("head", head);
        sections.forEach(section -> root.put(section.key(), section.json()));
        root.put("notes", notes);
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
