using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Tests.Ipfs;

/// <summary>A secured <c>service.json</c> with changes, and what is found in it.</summary>
internal static class ClusterCases
{
    public const string File = "/etc/ipfs-cluster/service.json";

    public const string OwnId = "12D3KooWFM6tn5CGtYqiGo8gJ2NqvDGTU6Wsgm4uPEJ98YX6Sxf9";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly string Secured = System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "ipfs-cluster", "secured.service.json"));

    /// <summary>The secured file after changes, one a line: <c>path=JSON</c> sets, <c>path=-</c> takes out.</summary>
    public static string Text(string changes)
    {
        JsonObject root = JsonNode.Parse(Secured)!.AsObject();
        foreach (string change in changes.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] halves = change.Split('=', 2);
            string[] path = halves[0].Split('.');
            JsonObject here = root;
            foreach (string name in path[..^1])
            {
                here = (JsonObject)(here[name] ??= new JsonObject());
            }

            here.Remove(path[^1]);
            if (halves[1] != "-")
            {
                here[path[^1]] = JsonNode.Parse(halves[1]);
            }
        }

        return root.ToJsonString(Indented);
    }

    /// <summary>The same for the pinning service API: the section has another name and another port.</summary>
    public static string ForPinning(string text) => text.Replace("restapi", "pinsvcapi", StringComparison.Ordinal).Replace("9094", "9097", StringComparison.Ordinal);

    /// <summary>A host with a file in its usual folder, and nothing else.</summary>
    public static FakeHost Host(string text) =>
        new FakeHost().Folder("/etc/ipfs-cluster", "0700").File(File, text, "0600").File("/etc/ipfs-cluster/identity.json", $$"""{ "id": "{{OwnId}}" }""", "0600");

    /// <summary>What is found on a host.</summary>
    public static IReadOnlyList<Finding> Find(FakeHost host) => [.. new ClusterDoctor().Examine(host, ExaminationRequest.WholeHost).SelectMany(static subject => subject.Findings)];

    /// <summary>Ids and severities of what was decided and is worse than information, in order.</summary>
    public static string Open(IEnumerable<Finding> findings) =>
        string.Join(", ", findings.Where(static f => f.IsOpen && f.Severity > Severity.Info).Select(static f => $"{f.Check} {f.Severity.ToString().ToLowerInvariant()}").Distinct().Order(StringComparer.Ordinal));
}
