package dev.cadenza.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cadenza.cli.bench.Saturation.Level;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class LoadFiguresTest {
    @Test
    void saturationIsTheLeastLevelNearThePeakAndThreeTimesAsManyClientsAreLookedAt() {
        // when
        Saturation found = Saturation.of(List.of(new Level(1, 40), new Level(16, 96), new Level(32, 100), new Level(48, 91), new Level(64, 10)));

        // then
        assertThat(found.clients()).isEqualTo(16);
        assertThat(found.peak()).isEqualTo(100);
        assertThat(found.held()).hasValue(0.91);
        assertThat(found.holds()).isTrue();
        assertThat(Saturation.of(List.of(new Level(8, 100), new Level(24, 89))).holds()).isFalse();
    }

    @Test
    void whatWasNotMeasuredDoesNotHold() {
        assertThat(Saturation.of(List.of(new Level(1, 10), new Level(8, 100), new Level(25, 99))).held()).isEmpty();
        assertThat(Saturation.of(List.of(new Level(1, 0), new Level(2, 0))).holds()).isFalse();
    }

    @Test
    void aPlotIsXmlWithAllItsLines() throws Exception {
        // given
        var lines = List.of(new LinePlot.Line("ours & <co>", List.of(new LinePlot.Point(1, 10), new LinePlot.Point(8, 50))),
                new LinePlot.Line("peer", List.of()));

        // when
        String svg = new LinePlot(List.of(new LinePlot.Panel("Speed", "clients", "tokens/s", lines),
                new LinePlot.Panel("First token", "clients", "ms", lines))).svg();

        // then
        var root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg))).getDocumentElement();
        assertThat(root.getElementsByTagName("polyline").getLength()).isEqualTo(4);
        assertThat(root.getElementsByTagName("polyline").item(0).getAttributes().getNamedItem("points").getNodeValue()).isEqualTo("100.0,228.8 352.0,56.0");
        assertThat(root.getTextContent()).contains("ours & <co>", "peer", "clients", "tokens/s", "First token");
    }
}
