package dev.cadenza.cli.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cadenza.cli.doctor.Finding.Grade;
import dev.cadenza.cli.doctor.Finding.Section;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** All that was found, in the order in which it was looked at. */
record Diagnosis(List<Finding> findings) {
    private static final JsonMapper JSON = new JsonMapper();

    Diagnosis {
        findings = List.copyOf(findings);
    }

    boolean healthy() {
        return findings.stream().noneMatch(finding -> finding.grade() == Grade.BAD);
    }

    /** For people. */
    void table(PrintWriter out) {
        Section last = null;
        for (Finding finding : findings) {
            if (finding.section() != last) {
                last = finding.section();
                out.println(last.name().toLowerCase(Locale.ROOT));
            }
            String mark = switch (finding.grade()) {
                case GOOD -> "   ";
                case WARNING -> " ! ";
                case BAD -> " X ";
            };
            out.printf("%s%-24s %s%n", mark, finding.subject(), finding.value());
            if (!finding.remark().isEmpty()) {
                out.printf("   %-24s   %s%n", "", finding.remark());
            }
        }
        long warnings = findings.stream().filter(finding -> finding.grade() == Grade.WARNING).count();
        long bad = findings.stream().filter(finding -> finding.grade() == Grade.BAD).count();
        out.printf("%n%s (%d to mend, %d to consider)%n", healthy() ? "fit to serve" : "NOT fit for what was asked", bad, warnings);
        out.flush();
    }

    /** For programs: one line. */
    String json() {
        ObjectNode root = JSON.createObjectNode().put("healthy", healthy());
        var list = root.putArray("findings");
        for (Finding finding : findings) {
            ObjectNode entry = list.addObject().put("section", finding.section().name().toLowerCase(Locale.ROOT)).put("subject", finding.subject())
                    .put("value", finding.value()).put("grade", finding.grade().name().toLowerCase(Locale.ROOT));
            if (!finding.remark().isEmpty()) {
                entry.put("remark", finding.remark());
            }
        }
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
