using System.Diagnostics;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>How a cluster whose certificates have all expired came back: what each command said.</summary>
internal sealed record Recovery
{
    /// <summary><c>recover --certificates</c> on the node that is no issuer.</summary>
    public required ShellResult OnTheOther { get; init; }

    /// <summary>The status of that node, which runs while the issuer is still down.</summary>
    public required JsonElement Meanwhile { get; init; }

    /// <summary><c>audit verify</c> on the issuer, with its daemon down.</summary>
    public required ShellResult Verified { get; init; }

    /// <summary><c>recover --certificates</c> on the issuer.</summary>
    public required JsonElement Done { get; init; }

    /// <summary>The same once more.</summary>
    public required JsonElement Again { get; init; }

    /// <summary><c>cert issue</c> there, its daemon still down.</summary>
    public required ShellResult Issued { get; init; }

    /// <summary>Whether what was issued leads to <c>ca.crt</c>.</summary>
    public required ShellResult Chain { get; init; }

    /// <summary>What the other node knows of it.</summary>
    public required JsonElement Listed { get; init; }

    /// <summary>How long after its start the issuer needed until the other node had certificates again.</summary>
    public required TimeSpan Followed { get; init; }

    /// <summary>Brings the first two nodes of a cluster back.</summary>
    public static async Task<Recovery> RunAsync(LabCluster cluster)
    {
        ShellResult onTheOther = await cluster.RunAsync(1, "recover", "--certificates");
        await cluster.Daemons[1].StartAsync();
        JsonElement meanwhile = await cluster.Daemons[1].StatusAsync();
        ShellResult verified = await cluster.RunAsync(0, "audit", "verify");
        JsonElement done = await RecoverAsync(cluster);
        JsonElement again = await RecoverAsync(cluster);
        ShellResult issued = await cluster.RunAsync(0, "cert", "issue", "--profile", "client", "--user", OldCluster.Carl, "--out", cluster.Lab.Hosts[0].Folder["carl"]);
        await cluster.Daemons[0].StartAsync();
        var clock = Stopwatch.StartNew();
        await cluster.UntilAsync(1, ["status"], static status => !OldCluster.Has(status, "GH3310"));
        TimeSpan followed = clock.Elapsed;
        string made = cluster.Lab.Hosts[0].Folder["carl/carl.crt"];
        return new Recovery
        {
            OnTheOther = onTheOther,
            Meanwhile = meanwhile,
            Verified = verified,
            Done = done,
            Again = again,
            Issued = issued,
            Chain = await Shell.RunAsync("openssl", ["verify", "-CAfile", cluster.Daemons[0].CaFile, "-untrusted", made, made]),
            Listed = await cluster.Daemons[1].JsonAsync("cert", "list"),
            Followed = followed,
        };
    }

    private static async Task<JsonElement> RecoverAsync(LabCluster cluster)
    {
        ShellResult recovered = await cluster.RunAsync(0, "recover", "--certificates", "--json");
        OldCluster.Fine(recovered);
        return JsonDocument.Parse(recovered.Output).RootElement;
    }
}
