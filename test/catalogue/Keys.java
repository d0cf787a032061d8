import java.io.*;
import java.lang.reflect.*;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;
import java.util.zip.*;

/**
 * Prints what one Spark distribution knows of configuration keys, one a line, fields parted by tabs:
 *
 *   entry   KEY                          a ConfigEntry
 *   type    KEY  FORM                    what the entry takes for a value, where that is certain: see Forms
 *   old     KEY  NEW  VERSION            a name that NEW replaced and that is still read
 *   gone    KEY  VERSION  WHY            a name that SparkConf warns of and nothing reads
 *   removed KEY  VERSION  WHY  DEFAULT   a name that a SQL session refuses with any other value than the default
 *   word    KEY                          a text constant of a class that looks like a key
 *
 * With the system property "samples", a file of texts one a line, it prints instead, of every entry with a form,
 *
 *   takes   KEY  BITS  DEFAULT           for each text whether the entry takes it, 1 or 0, and what stands for it unset
 *
 * Its arguments are Spark's own jars; the class path holds them and what they need.
 */
public class Keys {
    static final Pattern WORD = Pattern.compile("(?<![\\w./-])spark(\\.[A-Za-z0-9_-]+)+\\.?");

    public static void main(String[] jars) throws Exception {
        PrintStream rows = System.out;
        System.setOut(System.err); // some lines log there
        String texts = System.getProperty("samples");
        List<String> samples = texts == null ? null : Files.readAllLines(Path.of(texts));
        SortedSet<String> words = new TreeSet<>();
        List<String> definers = new ArrayList<>();
        for (String jar : jars) {
            try (ZipFile zip = new ZipFile(jar)) {
                for (var entries = zip.entries(); entries.hasMoreElements(); ) {
                    ZipEntry entry = entries.nextElement();
                    if (!entry.getName().endsWith(".class")) continue;
                    boolean defines = false;
                    for (String text : constants(zip.getInputStream(entry))) {
                        defines |= text.startsWith("org/apache/spark/internal/config/ConfigBuilder");
                        Matcher m = WORD.matcher(text);
                        while (m.find()) words.add(m.group());
                    }
                    if (defines) definers.add(entry.getName().replace('/', '.').substring(0, entry.getName().length() - ".class".length()));
                }
            }
        }
        // A ConfigEntry registers itself when the class that holds it is initialised.
        int failed = 0;
        for (String name : definers) {
            try {
                Class.forName(name, true, Keys.class.getClassLoader());
            } catch (Throwable t) {
                System.err.println("not initialised: " + name + ": " + t);
                failed++;
            }
        }
        if (definers.isEmpty() || failed > 0) throw new IllegalStateException(failed + " of " + definers.size() + " classes were not initialised");

        SortedSet<String> out = new TreeSet<>();
        Map<?, ?> entries = (Map<?, ?>) call(module("org.apache.spark.internal.config.ConfigEntry$"), "knownConfigs");
        for (Object entry : entries.values()) {
            String key = (String) call(entry, "key");
            out.add("entry\t" + key);
            String form = Forms.of(entry);
            if (form != null) {
                out.add(line("type", key, form));
                if (samples != null) out.add(line("takes", key, Forms.bits(entry, samples), call(entry, "defaultValueString")));
            }
            for (Object old : list(call(entry, "alternatives"))) out.add(line("old", old, key, ""));
        }
        Object conf = module("org.apache.spark.SparkConf$");
        for (Object pair : list(field(conf, "configsWithAlternatives"))) {
            Object to = call(pair, "_1");
            for (Object alternate : list(call(pair, "_2"))) {
                out.add(line("old", call(alternate, "key"), to, call(alternate, "version")));
            }
        }
        for (Object pair : list(field(conf, "deprecatedConfigs"))) {
            Object d = call(pair, "_2");
            out.add(line("gone", call(d, "key"), call(d, "version"), call(d, "deprecationMessage")));
        }
        Object sql = module("org.apache.spark.sql.internal.SQLConf$");
        for (Object pair : list(call(sql, "removedSQLConfigs"))) {
            Object r = call(pair, "_2");
            out.add(line("removed", call(r, "key"), call(r, "version"), call(r, "comment"), call(r, "defaultValue")));
        }
        for (String word : words) out.add("word\t" + word);
        for (String line : out) if (line.startsWith("takes\t") == (samples != null)) rows.println(line);
    }

    static String line(Object... fields) {
        StringJoiner line = new StringJoiner("\t");
        for (Object field : fields) line.add(String.valueOf(field).replaceAll("\\s+", " "));
        return line.toString();
    }

    static Object module(String name) throws Exception {
        return Class.forName(name).getField("MODULE$").get(null);
    }

    static Object call(Object on, String name) throws Exception {
        Method method = on.getClass().getMethod(name);
        method.setAccessible(true);
        return method.invoke(on);
    }

    static Object field(Object on, String name) throws Exception {
        for (Field f : on.getClass().getDeclaredFields()) {
            if (f.getName().equals(name) || f.getName().endsWith("$$" + name)) {
                f.setAccessible(true);
                return f.get(on);
            }
        }
        throw new NoSuchFieldException(on.getClass() + " " + name);
    }

    /** The elements of a Scala collection. */
    static List<Object> list(Object collection) throws Exception {
        List<Object> elements = new ArrayList<>();
        Object iterator = scala.collection.Iterable.class.getMethod("iterator").invoke(collection);
        Class<?> type = Class.forName("scala.collection.Iterator");
        while ((Boolean) type.getMethod("hasNext").invoke(iterator)) elements.add(type.getMethod("next").invoke(iterator));
        return elements;
    }

    /** The text constants of a class file (The class file format, 4.4). */
    static List<String> constants(InputStream stream) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(stream))) {
            List<String> texts = new ArrayList<>();
            in.skipBytes(8);
            int count = in.readUnsignedShort();
            for (int i = 1; i < count; i++) {
                int tag = in.readUnsignedByte();
                switch (tag) {
                    case 1: texts.add(in.readUTF()); break;
                    case 5: case 6: in.skipBytes(8); i++; break;
                    case 15: in.skipBytes(3); break;
                    case 7: case 8: case 16: case 19: case 20: in.skipBytes(2); break;
                    default: in.skipBytes(4);
                }
            }
            return texts;
        }
    }
}

/**
 * Tells what a ConfigEntry takes for a value by giving texts to its own converter, whatever it checks included:
 *
 *   bool
 *   int, long, double, decimal  a number
 *   ns, us, ms, s, min, h, d    a duration, counted in this unit
 *   b, k, m, g                  a size, counted in this unit
 *   int>=1  ms>0  double<=1     the same within bounds, which belong to the value in its unit
 *   A,B  a,b!                   one of these words, in any case; with the mark in this very case
 *
 * An entry that takes more, or of which this is not certain, has none.
 */
class Forms {
    /** Texts that no converter of a number, a switch, a duration or a size takes. */
    static final String[] NEVER = {"", "x", "yes", "no", "-", "1 2", "1,2", "true1", "1x", "none", "auto", "{}", "no-such-word"};
    static final String[] TIMES = {"86400s", "3600s", "60s", "1s", "500ms", "1ms", "1us"};
    static final String[] SIZES = {"1g", "64k", "2k", "1k", "1b"}; // none that ends in m: those are minutes, too
    static final long[] WHOLE = {-(1L << 31), -1_000_000_000, -1_000_000, -65_536, -1024, -1000, -100, -60, -50, -20, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 20, 24, 30, 31, 32, 33, 50, 60, 63, 64, 65, 99, 100, 101, 127, 128, 200, 255, 256, 500, 512, 1000,
        1023, 1024, 1025, 2048, 4096, 8192, 10_000, 32_767, 32_768, 65_535, 65_536, 100_000, 1_000_000, 10_000_000, 1_000_000_000, (1L << 31) - 1};
    static final double[] PARTS = {-1e9, -1000, -2, -1.5, -1, -0.9, -0.5, -0.1, -0.001, 0, 0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99, 0.999,
        1, 1.001, 1.1, 1.5, 2, 3, 10, 99, 100, 101, 1000, 1e9};

    final Object converter;
    String said = ""; // of the last text that was refused
    boolean unsure;

    Forms(Object converter) { this.converter = converter; }

    static String of(Object entry) throws Exception {
        Forms f = new Forms(Keys.call(entry, "valueConverter"));
        String form = f.form();
        return f.unsure ? null : form;
    }

    /** One character a text: whether the entry takes it. */
    static String bits(Object entry, List<String> texts) throws Exception {
        Forms f = new Forms(Keys.call(entry, "valueConverter"));
        StringBuilder bits = new StringBuilder();
        for (String text : texts) bits.append(f.take(text) == null ? '0' : '1');
        return bits.toString();
    }

    /** What the converter makes of a text; null where it refuses it. */
    Object take(String text) {
        try {
            Object value = scala.Function1.class.getMethod("apply", Object.class).invoke(converter, text);
            if (value instanceof scala.Option) value = ((scala.Option<?>) value).isEmpty() ? "" : ((scala.Option<?>) value).get();
            return value == null ? "" : value;
        } catch (java.lang.reflect.InvocationTargetException e) {
            if (!(e.getCause() instanceof RuntimeException)) unsure = true;
            said = String.valueOf(e.getCause().getMessage());
            return null;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    String form() {
        boolean never = true;
        for (String text : NEVER) never &= take(text) == null;
        if (!never) return words();
        Object on = take("true"), off = take("false");
        if (on instanceof Boolean && off instanceof Boolean) return take("1") == null ? "bool" : null;
        if (on != null || off != null) return words();
        Object first = null;
        for (long n : WHOLE) if (first == null) first = take(Long.toString(n));
        for (double x : PARTS) if (first == null) first = take(Double.toString(x));
        boolean fractions = false, time = false, size = false;
        for (double x : PARTS) fractions |= x != Math.rint(x) && take(Double.toString(x)) != null;
        for (String text : TIMES) time |= take(text) != null;
        for (String text : SIZES) size |= take(text) != null;
        // Within narrow bounds only a number with the entry's own unit is sure to be taken.
        for (long n : WHOLE) {
            if (!(first instanceof Long) || take(Long.toString(n)) == null) continue;
            for (String unit : List.of("us", "ms", "s", "min", "h", "d")) time |= take(n + unit) != null;
            for (String unit : List.of("b", "k", "mb", "g", "t", "p")) size |= take(n + unit) != null;
        }
        if (first instanceof Double && fractions && !time && !size) return "double" + bounds(PARTS, x -> Double.toString(x));
        if (first instanceof scala.math.BigDecimal && fractions && !time && !size) return "decimal" + bounds(PARTS, x -> Double.toString(x));
        if (first instanceof Integer && !fractions && !time && !size) return "int" + bounds(doubles(), x -> Long.toString((long) x));
        if (first instanceof Long && !fractions && time != size) {
            String unit = time ? unit(TIMES[0], 86400, new String[] {"ns", "us", "ms", "s", "min", "h", "d"}, new double[] {1e-9, 1e-6, 1e-3, 1, 60, 3600, 86400})
                : unit(SIZES[0], 1 << 30, new String[] {"b", "k", "m", "g"}, new double[] {1, 1 << 10, 1 << 20, 1 << 30});
            return unit == null ? null : unit + bounds(doubles(), x -> Long.toString((long) x));
        }
        if (first instanceof Long && !fractions && !time) return "long" + bounds(doubles(), x -> Long.toString((long) x));
        return first == null ? words() : null;
    }

    /** The unit in which the converter counts a text that is so many seconds or bytes. */
    String unit(String text, long of, String[] names, double[] units) {
        Object value = take(text);
        for (int i = 0; i < names.length; i++) {
            if (value instanceof Long && (Long) value == Math.round(of / units[i])) return names[i];
        }
        return null;
    }

    static double[] doubles() {
        double[] all = new double[WHOLE.length];
        for (int i = 0; i < all.length; i++) all[i] = WHOLE[i];
        return all;
    }

    /** Where the numbers that are taken begin and end. They are named only where they are all one stretch, and end at whole numbers. */
    String bounds(double[] samples, java.util.function.DoubleFunction<String> write) {
        int low = -1, high = -1, taken = 0;
        for (int i = 0; i < samples.length; i++) {
            if (take(write.apply(samples[i])) == null) continue;
            if (low < 0) low = i;
            high = i;
            taken++;
        }
        if (taken != high - low + 1 || taken < 3) return "";
        String bounds = "";
        if (low > 0) bounds += bound(">", samples[low - 1], samples[low]);
        if (high < samples.length - 1) bounds += bound("<", samples[high + 1], samples[high]);
        return bounds;
    }

    /** One bound, between the last number that is refused and the first that is taken, where these are next to each other. */
    static String bound(String sign, double refused, double taken) {
        double apart = Math.abs(taken - refused);
        if (apart == 1 || apart <= 0.001000001 && taken == Math.rint(taken)) return sign + "=" + (long) taken;
        if (apart <= 0.001000001 && refused == Math.rint(refused)) return sign + (long) refused;
        return "";
    }

    /** The words that the refusal of another names, each of which is tried. */
    String words() {
        if (take("no-such-word") != null) return null;
        Matcher m = Pattern.compile("should be one of:? '?\\[?([A-Za-z0-9_.-]+(?:, [A-Za-z0-9_.-]+)*)\\]?'?(?:,? but was|\\.|$)").matcher(said);
        if (!m.find()) return null;
        List<String> words = Arrays.asList(m.group(1).split(", "));
        boolean any = true, exact = true;
        for (String word : words) {
            if (take(word) == null) return null;
            String mixed = word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1).toLowerCase(Locale.ROOT);
            for (String other : List.of(word.toLowerCase(Locale.ROOT), word.toUpperCase(Locale.ROOT), mixed)) {
                if (words.contains(other)) continue;
                any &= take(other) != null;
                exact &= take(other) == null;
            }
        }
        if (any == exact) return null;
        List<String> sorted = new ArrayList<>(new TreeSet<>(words));
        return String.join(",", sorted) + (exact ? "!" : "");
    }
}
