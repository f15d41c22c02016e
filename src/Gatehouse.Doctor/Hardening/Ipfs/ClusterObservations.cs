using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Ipfs;

/// <summary>Metrics and traces of IPFS Cluster, which have no login: on loopback, or off where nobody reads them.</summary>
internal static class ClusterObservations
{
    private static readonly (string Word, string Switch, string EndPoint, string Option, string What)[] Both =
    [
        ("metrics", "observations.metrics.enable_stats", "observations.metrics.prometheus_endpoint", "--stats", "every user of this host reads metrics and with them profiles, memory and the command line"),
        ("tracing", "observations.tracing.enable_tracing", "observations.tracing.jaeger_agent_endpoint", "--tracing", "traces with the paths of requests go in clear to whoever has the port"),
    ];

    /// <summary>The words of <c>--drop</c>.</summary>
    public static IEnumerable<string> Words => Both.Select(static one => one.Word);

    /// <summary>The file with them made safe.</summary>
    public static ConfigDocument Of(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = file;
        foreach ((string word, string path, string end, string option, _) in Both)
        {
            edited = wishes.Drop.Contains(word) ? edited.PutIfSet(path, Literal.Boolean(false)) : edited;
            if (edited.Settings[end].Text is { Length: > 0 } address && !Multiaddress.IsLocal(address) && address.Split('/') is ["", _, _, var transport, var port, ..])
            {
                edited = edited.Put(end, Literal.Text($"/ip4/127.0.0.1/{transport}/{port}"));
            }

            if (draft.Process?.Arguments.Any(argument => argument == option || argument.StartsWith(option + "=", StringComparison.Ordinal)) == true)
            {
                draft.Override($"the daemon was started with {option}, which takes back {path}");
            }
        }

        return edited;
    }

    /// <summary>What is on, and could be off.</summary>
    public static void Steps(PlanDraft draft, SettingTree after)
    {
        foreach ((string word, string path, _, _, string what) in Both.Where(one => after[one.Switch].AsBoolean() == true))
        {
            draft.Step($"Where nobody needs {word}, run this with --drop {word}, which switches it off (`{path}`): {what}.");
        }
    }

    /// <summary>Variables that switch on what the file says nothing of, or open it to others.</summary>
    /// <param name="written">The file.</param>
    /// <param name="effective">File and environment.</param>
    /// <param name="draft">The plan.</param>
    public static void Compare(SettingTree written, SettingTree effective, PlanDraft draft)
    {
        foreach ((_, string path, string end, _, _) in Both)
        {
            Setting on = effective[path], address = effective[end];
            bool isOpen = address.AsTexts() is not { } texts || texts.Any(static one => !Multiaddress.IsLocal(one));
            foreach (Setting one in new[] { (on, on.AsBoolean() != false && written[path].AsBoolean() != true), (address, isOpen) }.Where(static pair => pair.Item2).Select(static pair => pair.Item1))
            {
                if (one.Origin is { Variable: { } variable } origin)
                {
                    draft.Override($"the environment variable {variable} ({origin.Source}) takes back {one.Path}");
                }
            }
        }
    }
}
