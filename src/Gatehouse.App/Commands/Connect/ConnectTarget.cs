using System.Net;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Connect;

/// <summary>The gate that a product is led to, and how it is called from where the product runs.</summary>
/// <param name="Gate">The gate.</param>
/// <param name="Address">Its address.</param>
/// <param name="PublicAddress">Kibana's own gate, where there is one.</param>
internal sealed record ConnectTarget(GateView Gate, Uri Address, Uri? PublicAddress)
{
    private const string System = "elasticsearch";
    private const string Kibana = "kibana";

    /// <summary>Finds it.</summary>
    /// <param name="gates">Every gate.</param>
    /// <param name="name">The gate's name; null: the one called <c>elasticsearch</c>, or the only one of that system.</param>
    /// <param name="address">What the operator calls it; null: what it listens on.</param>
    /// <param name="host">The host that a gate on every address is called by.</param>
    public static ConnectTarget Find(IReadOnlyList<GateView> gates, string? name, string? address, string host)
    {
        GateView[] suited = [.. gates.Where(gate => gate.System == System && (name is null || gate.Name == name))];
        GateView gate = suited.Length == 1 ? suited[0]
            : suited.FirstOrDefault(static one => one.Name == System)
                ?? throw CommandFailure.Refused(
                    AdministrationProblems.NotFound,
                    name is not null && gates.Any(one => one.Name == name) ? $"gate `{name}` is not one of system elasticsearch"
                        : name is not null ? $"there is no gate `{name}`"
                        : suited.Length == 0 ? "there is no gate of system elasticsearch" : "there are several gates of system elasticsearch",
                    "gatehouse gate list shows them; --gate NAME");
        GateView? kibana = gates.FirstOrDefault(static one => one.Name == Kibana && one.Protocol == "http");
        Uri listens = Listens(gate, host);
        return new ConnectTarget(gate, address is null ? listens : Given(address, listens.Port), kibana is null ? null : Listens(kibana, host));
    }

    /// <summary>Ends the command where the gate would not take such a credential.</summary>
    public void MustTake(bool isKey)
    {
        string realm = isKey ? RealmNames.ApiKey : RealmNames.Native;
        if (Gate.Realms.Count > 0 && !Gate.Realms.Contains(realm))
        {
            throw CommandFailure.Refused(
                AdministrationProblems.InvalidValue, $"gate `{Gate.Name}` does not ask realm {realm}, so that it would not let the product in", $"add {realm} to its `realms`, or choose --key or --password");
        }
    }

    private static Uri Given(string text, int port)
    {
        // With a port that is none of https, the text must name it; a missing one is the gate's.
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps || uri.UserInfo.Length > 0 || uri.PathAndQuery != "/" || uri.Fragment.Length > 0
            || Uri.CheckHostName(uri.DnsSafeHost) == UriHostNameType.Unknown)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "the address is no https address of a gate", "https://HOST:9243, without a path or a password");
        }

        bool hasPort = text.TrimEnd('/').EndsWith(":" + uri.Port, StringComparison.Ordinal);
        return hasPort ? uri : new UriBuilder(uri) { Port = port }.Uri;
    }

    private static Uri Listens(GateView gate, string host)
    {
        if (!IPEndPoint.TryParse(gate.Listen, out IPEndPoint? end))
        {
            throw CommandFailure.CannotRun(AdministrationProblems.UnexpectedAnswer, $"gate `{gate.Name}` listens on something that is no address and port", "--address https://HOST:PORT");
        }

        string name = end.Address.Equals(IPAddress.Any) || end.Address.Equals(IPAddress.IPv6Any) ? host : end.Address.ToString();
        return new UriBuilder(Uri.UriSchemeHttps, name, end.Port).Uri;
    }
}
