using System.Globalization;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Hosting;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary>
/// What <c>up</c> prints: one box without side walls, so that every line can be copied as it stands.
/// </summary>
internal static class StartBox
{
    private const int Width = 78;
    private const int Label = 12;

    /// <summary>Renders the report; <paramref name="command"/> is how this program is called, options included.</summary>
    public static string Render(StartReport report, string command)
    {
        var text = new StringBuilder();
        Rule(text, '┌', report.IsFirst ? " Gatehouse is up: first secured start " : " Gatehouse is up ");
        Line(text, "admin API", report.ApiUrl);
        Login(text, report);
        Line(text, "CA", "SHA-256 " + Colons(report.CaFingerprint));
        Line(text, "", report.CaFile);
        Gates(text, report);
        foreach (Problem problem in report.Problems)
        {
            Line(text, "attention", problem.ToString());
        }

        if (report.WhoamiUrl is not null)
        {
            text.AppendLine("│");
            Line(text, "try it", $"curl --cacert {Quote(report.CaFile)} -u {Credentials(report)} {report.WhoamiUrl}");
        }

        Line(text, "next", $"{command} status");
        Line(text, "", $"{command} user add anna");
        Line(text, "", $"{command} gate add NAME --listen 127.0.0.1:PORT --upstream http://127.0.0.1:PORT");
        Rule(text, '└', "");
        return text.ToString();
    }

    private static void Login(StringBuilder text, StartReport report)
    {
        if (report.Password is not null)
        {
            Line(text, "user", report.AdminName);
            Line(text, "password", $"{report.Password}   (shown this once; change it with `user passwd {report.AdminName}`)");
        }
        else if (report.PasswordFile is not null)
        {
            Line(text, "user", $"{report.AdminName}, password in {report.PasswordFile} until it is changed");
        }
    }

    private static void Gates(StringBuilder text, StartReport report)
    {
        string label = "gates";
        foreach (GateView gate in report.Gates)
        {
            string scheme = gate.Protocol == "http" ? "https://" : "";
            string state = gate.State == "open" ? "" : $"   {gate.State}{(gate.Problem is null ? "" : $": {gate.Problem.Id} {gate.Problem.Text}")}";
            Line(text, label, string.Create(CultureInfo.InvariantCulture, $"{gate.Name,-16} {scheme}{gate.Listen} ─▶ {gate.Upstream}{state}"));
            label = "";
        }

        label = "not opened";
        foreach (FoundSystem system in report.NotOpened)
        {
            Line(text, label, $"{system.Product} on port {system.Port}: this version has no gate for it yet; it stays as open as it was");
            label = "";
        }
    }

    private static string Credentials(StartReport report) =>
        report.Password is null ? report.AdminName : Quote($"{report.AdminName}:{report.Password}");

    private static string Quote(string word) =>
        word.All(static c => char.IsAsciiLetterOrDigit(c) || "/._-:".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Colons(string hex) =>
        hex.Contains(':', StringComparison.Ordinal) ? hex : string.Join(':', hex.Chunk(2).Select(static pair => new string(pair)));

    private static void Line(StringBuilder text, string label, string value) =>
        text.Append("│ ").Append(label.PadRight(Label)).AppendLine(value);

    private static void Rule(StringBuilder text, char corner, string title) =>
        text.Append(corner).Append('─').Append(title).AppendLine(new string('─', Math.Max(2, Width - title.Length)));
}
