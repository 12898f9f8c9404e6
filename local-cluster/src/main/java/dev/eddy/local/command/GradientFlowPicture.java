package dev.eddy.local.command;

import dev.eddy.operators.training.GradientFlow;
import java.io.StringWriter;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * A {@link GradientFlow} as an SVG picture: the distance in time to the right, the norm upwards by
 * powers of ten, a line for each layer.
 */
final class GradientFlowPicture {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 500;
  private static final int LEFT = 80;
  private static final int RIGHT = 120;
  private static final int TOP = 50;
  private static final int BOTTOM = 60;
  private static final double LEAST = 1e-30;
  private static final String[] COLOURS = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"};

  private final GradientFlow flow;
  private final StringWriter text = new StringWriter();
  private final XMLStreamWriter xml;
  private int lowest = 0;
  private int highest = -300;

  private GradientFlowPicture(GradientFlow flow) throws XMLStreamException {
    this.flow = flow;
    this.xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
    for (int layer = 0; layer < flow.layers(); layer++) {
      for (int k = 0; k < flow.distances(); k++) {
        double power = power(layer, k);
        if (Double.isFinite(power)) {
          lowest = Math.min(lowest, (int) Math.floor(power));
          highest = Math.max(highest, (int) Math.ceil(power));
        }
      }
    }
  }

  /** The SVG's text. */
  static String of(GradientFlow flow, String title) {
    try {
      return new GradientFlowPicture(flow).draw(title);
    } catch (XMLStreamException e) {
      throw new IllegalStateException(e);
    }
  }

  private String draw(String title) throws XMLStreamException {
    xml.writeStartDocument();
    xml.writeStartElement("svg");
    xml.writeDefaultNamespace("http://www.w3.org/2000/svg");
    attributes("viewBox", "0 0 " + WIDTH + " " + HEIGHT, "font-family", "sans-serif");
    attributes("font-size", "13");
    element("rect", "width", "" + WIDTH, "height", "" + HEIGHT, "fill", "white");
    label(WIDTH / 2.0, 25, "middle", title);
    label(WIDTH / 2.0, HEIGHT - 15, "middle", "events before the loss");
    int step = Math.max(1, (highest - lowest + 11) / 12);
    for (int power = lowest; power <= highest; power += step) {
      line(LEFT, y(power), WIDTH - RIGHT, y(power), "#dddddd");
      label(LEFT - 8, y(power) + 4, "end", "1e" + power);
    }
    int last = Math.max(1, flow.distances() - 1);
    int events = Math.max(1, (last + 9) / 10);
    for (int k = 0; k <= last; k += events) {
      line(x(k), HEIGHT - BOTTOM, x(k), HEIGHT - BOTTOM + 5, "black");
      label(x(k), HEIGHT - BOTTOM + 20, "middle", "" + k);
    }
    line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "black");
    line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "black");
    for (int layer = 0; layer < flow.layers(); layer++) {
      StringBuilder points = new StringBuilder();
      for (int k = 0; k < flow.distances(); k++) {
        double power = power(layer, k);
        if (Double.isFinite(power)) {
          points.append(number(x(k))).append(',').append(number(y(power))).append(' ');
        }
      }
      String colour = COLOURS[layer % COLOURS.length];
      element(
          "polyline",
          "points",
          points.toString().strip(),
          "fill",
          "none",
          "stroke",
          colour,
          "stroke-width",
          "2");
      double y = TOP + 20 * layer;
      line(WIDTH - RIGHT + 10, y, WIDTH - RIGHT + 30, y, colour);
      label(WIDTH - RIGHT + 36, y + 4, "start", "layer " + (layer + 1));
    }
    xml.writeEndElement();
    xml.writeEndDocument();
    return text.toString();
  }

  /** Of ten; infinite where the gradient has exploded out of all floats, and is not drawn. */
  private double power(int layer, int k) {
    return Math.log10(Math.max(LEAST, flow.norm(layer, k)));
  }

  private double x(int k) {
    int last = Math.max(1, flow.distances() - 1);
    return LEFT + (double) (WIDTH - LEFT - RIGHT) * k / last;
  }

  private double y(double power) {
    int span = Math.max(1, highest - lowest);
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (power - lowest) / span;
  }

  private void line(double x1, double y1, double x2, double y2, String colour)
      throws XMLStreamException {
    element(
        "line",
        "x1",
        number(x1),
        "y1",
        number(y1),
        "x2",
        number(x2),
        "y2",
        number(y2),
        "stroke",
        colour);
  }

  private void label(double x, double y, String anchor, String words) throws XMLStreamException {
    xml.writeStartElement("text");
    attributes("x", number(x), "y", number(y), "text-anchor", anchor);
    xml.writeCharacters(words);
    xml.writeEndElement();
  }

  private void element(String name, String... attributes) throws XMLStreamException {
    xml.writeEmptyElement(name);
    attributes(attributes);
  }

  private void attributes(String... namesAndValues) throws XMLStreamException {
    for (int i = 0; i < namesAndValues.length; i += 2) {
      xml.writeAttribute(namesAndValues[i], namesAndValues[i + 1]);
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
