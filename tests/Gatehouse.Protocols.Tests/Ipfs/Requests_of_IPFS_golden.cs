using System.Runtime.CompilerServices;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ipfs;

/// <summary>Every line of every catalogue, asked once: docs/architecture/ipfs-operations.txt is what comes of it.</summary>
public sealed class Requests_of_IPFS_golden
{
    private const string PinBody = """{"cid":"{R}","name":"n","origins":[],"meta":{"a":"b"}}""";

    [Fact]
    public void Every_line_is_what_the_file_says()
    {
        List<string> lines =
        [
            "# SYSTEM METHOD PATH -> ACTION[SCOPE] RESOURCES; ... = EFFECT. {1} is a CID, {R} another; * is everything. Written by a test of Gatehouse.Protocols.",
        ];
        foreach ((string system, Catalogue catalogue) in IpfsCatalogues.All.OrderBy(static c => c.Key, StringComparer.Ordinal))
        {
            lines.AddRange(catalogue.Endpoints.SelectMany(e => e.Methods.Select(method => Line(system, e, method))));
        }

        string file = Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/architecture/ipfs-operations.txt");
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllLines(file, lines);
        }

        string.Join("\n", File.ReadAllLines(file)).ShouldBe(string.Join("\n", lines), "GATEHOUSE_UPDATE_GOLDEN=1 writes it anew");
    }

    private static string Line(string system, CatalogueEndpoint endpoint, string method)
    {
        string target = endpoint.Template.Replace("{cid}", "{0}", StringComparison.Ordinal).Replace("{requestid}", "{0}", StringComparison.Ordinal)
            .Replace("/ipns/{root}", "/ipns/example.org", StringComparison.Ordinal).Replace("{root}", "{0}", StringComparison.Ordinal)
            .Replace("{arg}", "{0}", StringComparison.Ordinal).Replace("{path:rest}", "a/b", StringComparison.Ordinal)
            .Replace("{peer}", Addresses_and_values.Peer, StringComparison.Ordinal).Replace("{name}", "freespace", StringComparison.Ordinal);
        if (!endpoint.Template.EndsWith("{arg}", StringComparison.Ordinal) && IpfsCatalogues.Command(system, endpoint) is { } command)
        {
            target += command.Arguments switch
            {
                KuboArguments.Path or KuboArguments.Paths => "?arg={0}",
                KuboArguments.TwoPaths => "?arg={0}&arg={R}",
                KuboArguments.Each or KuboArguments.First => "?arg=/a&arg=/b",
                _ => "",
            };
        }

        string body = endpoint.BodyMode != BodyMode.Json ? "" : endpoint.Template == "/peers" ? $$""" {"peer_id":"{{Addresses_and_values.Peer}}"}""" : " " + PinBody;
        var operations = new OperationSet();
        IpfsRequest read = Asked.Read(system, $"{method} {target}{body}", operations);
        read.Scopes.Count.ShouldBe(operations.Count);
        string[] shown = Asked.Shown(system, $"{method} {target}{body}").Split("; ");
        string all = string.Join("; ", shown.Select((text, i) =>
        {
            string[] words = text.Split(' ', 2);
            return $"{words[0]}[{read.Scopes[i]}]{(words.Length > 1 ? " " + words[1] : "")}";
        }));
        return $"{system} {method} {endpoint.Template} -> {all} = {read.Effect}";
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
