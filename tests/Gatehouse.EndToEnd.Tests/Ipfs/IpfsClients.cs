using System.Text.Json.Nodes;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>The npm clients of IPFS Cluster, pinning services and Kubo, and the script that runs them.</summary>
internal static class IpfsClients
{
    /// <summary>A CID that the tests pin.</summary>
    public const string Cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

    /// <summary>Another one.</summary>
    public const string Other = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

    /// <summary>Runs a suite of client.mjs; what each call gave: its result as JSON, or <c>!STATUS</c> where it failed.</summary>
    public static async Task<Dictionary<string, string>> RunAsync(string suite, Uri url, string? authorization = null, string? calls = null, string? ca = null)
    {
        string folder = Path.Combine(Repository.Root, "tests/clients/ipfs");
        ShellResult install = await Shell.BashAsync("[ -d node_modules ] || npm ci --no-audit --no-fund", directory: folder, seconds: 180);
        install.ExitCode.ShouldBe(0, install.ToString());
        var environment = new Dictionary<string, string> { ["IPFS_URL"] = url.ToString(), ["IPFS_CID"] = Cid, ["IPFS_OTHER_CID"] = Other };
        if (authorization is not null)
        {
            environment["IPFS_AUTHORIZATION"] = authorization;
        }

        if (ca is not null)
        {
            environment["NODE_EXTRA_CA_CERTS"] = ca;
        }

        string[] arguments = calls is null ? ["client.mjs", suite] : ["client.mjs", suite, calls];
        ShellResult result = await Shell.RunAsync("node", arguments, environment: environment, directory: folder, seconds: 60);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToDictionary(
            line => line["call"]!.GetValue<string>(),
            line => line["ok"]!.GetValue<bool>() ? line["result"]?.ToJsonString() ?? "null" : "!" + (line["status"]?.ToJsonString() ?? line["message"]!.ToJsonString()));
    }
}
