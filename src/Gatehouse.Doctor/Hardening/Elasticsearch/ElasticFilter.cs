using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Elasticsearch;

/// <summary>Elasticsearch's own address filter: the nodes alone at the transport, as far as it is known who they are.</summary>
internal static class ElasticFilter
{
    private const string Transport = "xpack.security.transport.filter", Http = "xpack.security.http.filter";
    private const string OwnAddresses = "xpack.security.filter.always_allow_bound_address";

    /// <summary>Writes it. Who is left out of the list is cut off, so only a list that is whole is written.</summary>
    public static ConfigDocument Write(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        SettingTree settings = file.Settings;
        bool hasOwn = IsSet(settings, Transport) || IsSet(settings, Http);
        ConfigDocument edited = file;
        if (!wishes.Nodes.IsEmpty)
        {
            edited = edited.Put($"{Transport}.allow", Literal.Texts(wishes.Nodes)).Put($"{Transport}.deny", Literal.Text("_all"));
        }
        else if (!hasOwn && IsAlone(settings))
        {
            draft.Warn($"{Transport} lets in this host alone, because discovery.type is single-node: another cluster that asks this one at 9300 needs --nodes");
            edited = edited.Put($"{Transport}.allow", Literal.Texts("127.0.0.1", "::1")).Put($"{Transport}.deny", Literal.Text("_all"));
        }

        // A list of allowed addresses alone allows everybody else too.
        foreach (string filter in (ReadOnlySpan<string>)[Transport, Http])
        {
            SettingTree now = edited.Settings;
            edited = now[$"{filter}.allow"].IsSet && !now[$"{filter}.deny"].IsSet ? edited.Put($"{filter}.deny", Literal.Text("_all")) : edited;
        }

        return Clients(edited, settings, wishes);
    }

    /// <summary>What is still to be done for it.</summary>
    /// <param name="draft">The plan.</param>
    /// <param name="before">The file as it was.</param>
    /// <param name="wishes">What the administrator says.</param>
    public static void Steps(PlanDraft draft, SettingTree before, HardenWishes wishes)
    {
        if (!wishes.Nodes.IsEmpty)
        {
            draft.Step($"With a licence: look that the address filter lets in {string.Join(", ", wishes.Nodes)} at the transport and nobody else{(wishes.Gate ? "" : ", and clients at HTTP")}.");
            return;
        }

        draft.Step("Close 9300 to everything but the nodes: gatehouse firewall --system elasticsearch --nodes HOST,HOST.");
        if (!IsAlone(before) && !IsSet(before, Transport))
        {
            ImmutableArray<string> seeds = Seeds(before);
            draft.Step(
                "With a licence: switch on Elasticsearch's own address filter, which this plan leaves out: run this again with --nodes "
                + (seeds.IsEmpty ? "ADDRESS,ADDRESS" : $"{string.Join(',', seeds)} (from discovery.seed_hosts) and the addresses of all nodes that are not among them, for who is left out is cut off")
                + ", and restart one node after the other.");
        }
    }

    // HTTP has the lists of transport where it has none: clients would be kept out that were let in before.
    private static ConfigDocument Clients(ConfigDocument edited, SettingTree before, HardenWishes wishes)
    {
        SettingTree now = edited.Settings;
        if (IsSet(now, Http) || !now[$"{Transport}.deny"].IsSet)
        {
            return edited;
        }

        if (before[$"{Transport}.deny"].IsSet)
        {
            // They were those of clients too.
            return wishes.Gate || wishes.Nodes.IsEmpty || before[$"{Transport}.allow"].AsCommaTexts() is not { IsEmpty: false } allowed || allowed.SequenceEqual(wishes.Nodes)
                ? edited
                : edited.Put($"{Http}.allow", Literal.Texts(allowed)).Put($"{Http}.deny", Literal.Texts(before[$"{Transport}.deny"].AsCommaTexts() ?? ["_all"]));
        }

        return !wishes.Gate ? edited.Put($"{Http}.allow", Literal.Text("_all")).Put($"{Http}.deny", Literal.Text("_all"))
            : now[OwnAddresses].AsBoolean() == false ? edited.Put($"{Http}.allow", Literal.Texts("127.0.0.1", "::1")).Put($"{Http}.deny", Literal.Text("_all"))
            : edited; // the gate comes from the address that HTTP is bound to, which is always let in
    }

    // It elects itself and takes no other node in.
    private static bool IsAlone(SettingTree settings) => settings["discovery.type"].Text == "single-node";

    private static bool IsSet(SettingTree settings, string filter) => settings[$"{filter}.allow"].IsSet || settings[$"{filter}.deny"].IsSet;

    // Only some of the nodes, mostly: it names those that may become master.
    private static ImmutableArray<string> Seeds(SettingTree settings)
    {
        ImmutableArray<string> seeds = [.. settings["discovery.seed_hosts"].AsCommaTexts() ?? []];
        IPAddress?[] addresses = [.. seeds.Select(AddressOf)];
        return addresses.Contains(null) ? [] : [.. addresses.Select(static address => address!.ToString()).Distinct()];
    }

    // 10.0.0.5, 10.0.0.5:9300, ::1, [::1]:9300
    private static IPAddress? AddressOf(string seed) =>
        IPAddress.TryParse(seed, out IPAddress? address) ? address : IPEndPoint.TryParse(seed, out IPEndPoint? point) ? point.Address : null;
}
