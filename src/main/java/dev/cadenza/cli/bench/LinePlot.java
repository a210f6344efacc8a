package dev.cadenza.cli.bench;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;

/**
 * Lines over a shared kind of axis, as one SVG text that reads well on a light and on a dark page.
 *
 * @param panels beside each other, one or more
 */
record LinePlot(List<Panel> panels) {
    private static final int WIDTH = 440;
    private static final int HEIGHT = 320;
    private static final int LEFT = 64;
    private static final int TOP = 56;
    private static final int RIGHT = 16;
    private static final int BOTTOM = 48;
    private static final int TICKS = 5;
    private static final List<String> COLOURS = List.of("#1f77b4", "#e8710a", "#2ca02c", "#c44e52", "#9467bd", "#8c8c8c");
    private static final String STYLE = "text{font:12px sans-serif;fill:#222}.page{fill:#fff}.grid{stroke:#ddd}.line{fill:none;stroke-width:2}"
            + "@media(prefers-color-scheme:dark){text{fill:#ddd}.page{fill:#161b22}.grid{stroke:#333}}";

    /** Lines with axes from 0. Both labels name their units. */
    record Panel(String title, String across, String up, List<Line> lines) {
    }

    /** @param points in the order in which they are joined; empty: only in the legend */
    record Line(String name, List<Point> points) {
    }

    /** Finite, 0 or more. */
    record Point(double x, double y) {
    }

    String svg() {
        var out = new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\"><style>%s</style>%n"
                .formatted(WIDTH * panels.size(), HEIGHT, STYLE));
        out.append("<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");
        for (int i = 0; i < panels.size(); i++) {
            out.append("<g transform=\"translate(%d,0)\">%n".formatted(i * WIDTH));
            draw(panels.get(i), out);
            out.append("</g>\n");
        }
        return out.append("</svg>\n").toString();
    }

    private static void draw(Panel panel, StringBuilder out) {
        double right = roundUp(panel.lines().stream().flatMap(line -> line.points().stream()).mapToDouble(Point::x).max().orElse(0));
        double top = roundUp(panel.lines().stream().flatMap(line -> line.points().stream()).mapToDouble(Point::y).max().orElse(0));
        text(out, LEFT, 20, "start", panel.title());
        for (int i = 0; i <= TICKS; i++) {
            double share = (double) i / TICKS;
            out.append(String.format(Locale.ROOT, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>%n", LEFT, y(share), WIDTH - RIGHT));
            text(out, LEFT - 6, y(share) + 4, "end", brief(share * top));
            text(out, x(share), HEIGHT - BOTTOM + 16, "middle", brief(share * right));
        }
        text(out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", panel.across());
        out.append("<g transform=\"translate(14,%d) rotate(-90)\">".formatted((TOP + HEIGHT - BOTTOM) / 2));
        text(out, 0, 0, "middle", panel.up());
        out.append("</g>\n");
        for (int i = 0; i < panel.lines().size(); i++) {
            Line line = panel.lines().get(i);
            String colour = COLOURS.get(i % COLOURS.size());
            var joined = new StringBuilder();
            for (Point point : line.points()) {
                joined.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point.x() / right), y(point.y() / top)));
            }
            out.append("<polyline class=\"line\" stroke=\"%s\" points=\"%s\"/>%n".formatted(colour, joined.toString().strip()));
            int legend = LEFT + i * (WIDTH - LEFT - RIGHT) / panel.lines().size();
            out.append("<path class=\"line\" stroke=\"%s\" d=\"M%d 38h16\"/>%n".formatted(colour, legend));
            text(out, legend + 20, 42, "start", line.name());
        }
    }

    /** As many decimals as it needs, three at most. */
    private static String brief(double value) {
        return BigDecimal.valueOf(value).setScale(3, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString();
    }

    private static double x(double share) {
        return LEFT + share * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double share) {
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
    }

    /** The next of 1, 2, 5 and their tens, so that ticks are short numbers. */
    private static double roundUp(double most) {
        if (most <= 0) {
            return 1;
        }
        double ten = Math.pow(10, Math.floor(Math.log10(most)));
        return most <= ten ? ten : most <= 2 * ten ? 2 * ten : most <= 5 * ten ? 5 * ten : 10 * ten;
    }

    private static void text(StringBuilder out, double x, double y, String anchor, String content) {
        out.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor,
                content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")));
    }
}
