using System.Globalization;
using System.Text;
using System.Xml;
using Gatehouse.Doctor.Findings;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Reports;

/// <summary>An examination in the XML of JUnit: a suite for each system, a test for each check, as build servers read it.</summary>
internal static class JUnitReport
{
    public static byte[] Write(Examination examination)
    {
        using var buffer = new MemoryStream();
        var settings = new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), CheckCharacters = false };
        using (var xml = XmlWriter.Create(buffer, settings))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", "gatehouse doctor");
            foreach (ExaminedSystem system in examination.Systems)
            {
                Write(xml, examination, system);
            }

            WriteBlind(xml, examination);
            xml.WriteEndElement();
        }

        return buffer.ToArray();
    }

    private static void Write(XmlWriter xml, Examination examination, ExaminedSystem system)
    {
        ILookup<string, Finding> found = examination.Findings.Where(f => f.System == system.System && f.Subject == system.Subject).ToLookup(static f => f.Check);
        string[] checks = [.. system.Checks.Union(found.Select(static f => f.Key)).Order(StringComparer.Ordinal)];
        BeginSuite(xml, examination, $"{system.System} {system.Subject}", checks.Length);
        Number(xml, "errors", 0);
        Number(xml, "failures", checks.Count(id => found[id].Any(IsFailure)));
        Number(xml, "skipped", checks.Count(id => found[id].Any() && !found[id].Any(IsFailure)));
        foreach (string id in checks)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", system.System);
            xml.WriteAttributeString("name", Clean(CheckPage.Find(id) is { } page ? $"{id}: {page.Title}" : id));
            Finding[] failures = [.. found[id].Where(IsFailure)];
            if (failures.Length > 0)
            {
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("type", ReportFormat.Word(failures[0]));
                xml.WriteAttributeString("message", Clean(failures[0].Text));
                xml.WriteString(Clean(string.Join("\n", failures.Select(Body))));
                xml.WriteEndElement();
            }
            else if (found[id].FirstOrDefault() is { } other)
            {
                xml.WriteStartElement("skipped");
                xml.WriteAttributeString("message", Clean(other.Accepted is { } accepted ? $"accepted: {accepted.Reason}" : $"{ReportFormat.Word(other)}: {other.Text}"));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    // What could not be looked at is no passed test: whoever reads the file alone must see it.
    private static void WriteBlind(XmlWriter xml, Examination examination)
    {
        if (examination.Blind.IsEmpty)
        {
            return;
        }

        BeginSuite(xml, examination, "not looked at", examination.Blind.Length);
        Number(xml, "errors", examination.Blind.Length);
        Number(xml, "failures", 0);
        Number(xml, "skipped", 0);
        foreach (BlindSpot blind in examination.Blind)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", "doctor");
            xml.WriteAttributeString("name", Clean(blind.Place));
            xml.WriteStartElement("error");
            xml.WriteAttributeString("type", DoctorProblems.NotSeen.Id);
            xml.WriteAttributeString("message", Clean(blind.Why));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void BeginSuite(XmlWriter xml, Examination examination, string name, int tests)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", Clean(name));
        xml.WriteAttributeString("hostname", Clean(examination.Host));
        xml.WriteAttributeString("timestamp", examination.Began.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
        Number(xml, "tests", tests);
    }

    private static bool IsFailure(Finding finding) => finding.IsOpen && finding.Severity > Severity.Info;

    private static string Body(Finding finding) =>
        string.Join('\n', [finding.Text, .. finding.Evidence.Select(static e => $"  {e.Where}: {e.Shown}")]);

    private static void Number(XmlWriter xml, string name, int value) => xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));

    // What XML 1.0 cannot hold at all, and what a terminal would take for a command.
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in PlainText.Of(text).EnumerateRunes())
        {
            clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString());
        }

        return clean.ToString();
    }
}
