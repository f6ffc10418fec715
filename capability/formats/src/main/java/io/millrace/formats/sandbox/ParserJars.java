// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The class path of a worker: where one class of each library comes from that the parsers need. The class path of this process may
 * have hundreds of jars, most of which have nothing to do with files.
 */
final class ParserJars {

  private static final List<String> CLASSES =
      List.of(
          "io.millrace.formats.sandbox.Worker",
          "io.millrace.core.document.Document",
          "tools.jackson.databind.ObjectMapper",
          "tools.jackson.core.JsonParser",
          "tools.jackson.dataformat.yaml.YAMLFactory",
          "com.fasterxml.jackson.annotation.JsonProperty",
          "org.slf4j.Logger",
          "org.jsoup.Jsoup",
          "org.apache.tika.Tika",
          "org.apache.tika.parser.txt.CharsetDetector",
          "org.apache.tika.parser.microsoft.OfficeParser",
          "org.apache.tika.parser.odf.OpenDocumentParser",
          "org.apache.tika.parser.html.JSoupParser",
          "org.apache.tika.parser.xml.XMLParser",
          "org.apache.tika.parser.mailcommons.MailUtil",
          "org.apache.tika.zip.utils.ZipSalvager",
          "org.apache.james.mime4j.stream.MimeConfig",
          "org.apache.james.mime4j.dom.Message",
          "org.apache.poi.POIDocument",
          "org.apache.poi.hslf.usermodel.HSLFSlideShow",
          "org.apache.poi.xssf.usermodel.XSSFWorkbook",
          "org.openxmlformats.schemas.wordprocessingml.x2006.main.CTDocument1",
          "org.apache.xmlbeans.XmlObject",
          "com.graphbuilder.curve.Curve",
          "com.zaxxer.sparsebits.SparseBitSet",
          "org.apache.logging.log4j.Logger",
          "org.apache.commons.io.IOUtils",
          "org.apache.commons.codec.binary.Base64",
          "org.apache.commons.compress.archivers.zip.ZipFile",
          "org.apache.commons.lang3.StringUtils",
          "org.apache.commons.csv.CSVFormat",
          "org.apache.commons.math3.util.FastMath",
          "org.apache.commons.collections4.CollectionUtils",
          "org.apache.commons.logging.LogFactory",
          "org.mozilla.universalchardet.UniversalDetector",
          "org.bouncycastle.jce.provider.BouncyCastleProvider",
          "org.bouncycastle.cert.X509CertificateHolder",
          "org.bouncycastle.asn1.cms.ContentInfo",
          "org.apache.pdfbox.Loader",
          "org.apache.pdfbox.io.RandomAccessRead",
          "org.apache.fontbox.ttf.TrueTypeFont");

  private ParserJars() {}

  /** Returns jars and directories of classes; what this process does not have itself is left out. */
  static List<Path> all() {
    Set<Path> paths = new LinkedHashSet<>();
    for (String name : CLASSES) {
      try {
        Class<?> type = Class.forName(name, false, ParserJars.class.getClassLoader());
        CodeSource source = type.getProtectionDomain().getCodeSource();
        URL location = source == null ? null : source.getLocation();
        if (location != null) {
          paths.add(Path.of(location.toURI()));
        }
      } catch (ClassNotFoundException e) {
        continue; // a library that this class path goes without
      } catch (URISyntaxException e) {
        throw new IllegalStateException("a library with the address " + e.getInput() + " cannot be given to another process", e);
      }
    }
    return List.copyOf(paths);
  }
}
