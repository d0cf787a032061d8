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
 *   old     KEY  NEW  VERSION            a name that NEW replaced and that is still read
 *   gone    KEY  VERSION  WHY            a name that SparkConf warns of and nothing reads
 *   removed KEY  VERSION  WHY  DEFAULT   a name that a SQL session refuses with any other value than the default
 *   word    KEY                          a text constant of a class that looks like a key
 *
 * Its arguments are Spark's own jars; the class path holds them and what they need.
 */
public class Keys {
    static final Pattern WORD = Pattern.compile("(?<![\\w./-])spark(\\.[A-Za-z0-9_-]+)+\\.?");

    public static void main(String[] jars) throws Exception {
        PrintStream rows = System.out;
        System.setOut(System.err); // some lines log there
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
        for (String line : out) rows.println(line);
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
