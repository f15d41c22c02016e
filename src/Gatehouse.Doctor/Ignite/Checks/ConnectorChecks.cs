using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>The door for thin clients.</summary>
internal static class ConnectorChecks
{
    private const int UsualPort = 10800;
    private static readonly IgniteChannel Client = IgniteChannel.Client;

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.Node("IGN-CLI-001", static (subject, file) => DoorChecks.HasNoTls(subject, file, Client, isWorse: true, "names and passwords are readable in the first frame")),
        Published(Scope.Node("IGN-CLI-002", IsReachedPastTheGate)),
        Scope.Node("IGN-CLI-003", HasManyAddresses),
        Scope.Node("IGN-CLI-004", static (_, file) => AsksForNoCertificate(file, "none", "no client is asked for a certificate, so the gate is told from nobody else")),
        Scope.Node("IGN-CLI-005", static (_, file) => AsksForNoCertificate(file, "optional", "a client without a certificate is let in as well")),
        Scope.Node("IGN-CLI-006", static (_, file) => TrustsUnknown(file)),
        Scope.Node("IGN-CLI-007", static (_, file) =>
            DoorChecks.IsOn(file, Client.Key("sendServerExceptionStackTraceToClient"), "clients are sent the stack traces of the node's errors")),
        Scope.Node("IGN-CLI-008", static (_, file) => NeverCloses(file)),
    ];

    // Who has no certificate of the CA is sent away before the first frame.
    private static IEnumerable<Observation> IsReachedPastTheGate(IgniteSubject subject, IgniteFile file)
    {
        bool isShut = Client.IsTls(file) == true && Client.ClientAuth(file) == "require";
        return DoorChecks.IsExposed(subject, file, Client, $"clients {(isShut ? "with a certificate of the CA " : "")}reach the node past the gate", isShut);
    }

    // The image's own configuration listens on every address at the usual port.
    private static Rule<IgniteSubject> Published(Rule<IgniteSubject> rule) => new(rule.Id, subject =>
        subject is { Node: null, IsIgnite2: false } && DoorChecks.PublishedPorts(subject, UsualPort) is { IsEmpty: false } ports
            ? [Observation.Of($"port {UsualPort} is published on an address that other networks reach; as the image is configured, which is assumed here, clients reach the node past the gate", ports)]
            : rule.Look(subject));

    private static IEnumerable<Observation> HasManyAddresses(IgniteSubject subject, IgniteFile file)
    {
        Setting addresses = file.At(Client.Key("listenAddresses"));
        if (addresses.IsUnknown || addresses.IsPartial)
        {
            yield return file.Unsure(addresses);
        }
        else if (addresses.Children.Length > 1)
        {
            yield return Observation.Of($"{addresses.Children.Length} addresses to listen on are set, and a node starts with one at most", file.Show(addresses));
        }
    }

    private static IEnumerable<Observation> AsksForNoCertificate(IgniteFile file, string bad, string consequence)
    {
        bool? isTls = Client.IsTls(file);
        if (isTls == false)
        {
            yield break; // IGN-CLI-001 says it
        }

        string path = Client.Tls("clientAuth");
        if (isTls is null || Client.ClientAuth(file) is not { } auth)
        {
            yield return file.Unsure(isTls is null ? Client.Tls("enabled") : path);
        }
        else if (auth == bad)
        {
            yield return Observation.Of($"{Client.Words}: {consequence}", file.Show(path));
        }
    }

    private static IEnumerable<Observation> TrustsUnknown(IgniteFile file)
    {
        bool? isTls = Client.IsTls(file);
        string? auth = Client.ClientAuth(file);
        if (isTls == false || auth == "none")
        {
            yield break;
        }

        string path = Client.Tls("trustStore.path");
        string? store = file.Text(path);
        if (isTls is null || auth is null || store is null)
        {
            yield return file.Unsure(isTls is null ? Client.Tls("enabled") : auth is null ? Client.Tls("clientAuth") : path);
        }
        else if (string.IsNullOrWhiteSpace(store))
        {
            yield return Observation.Of("client certificates are asked for, and no trust store says whose are good", file.Show(path), file.Show(Client.Tls("clientAuth")));
        }
    }

    private static IEnumerable<Observation> NeverCloses(IgniteFile file)
    {
        Setting idle = file.AtAny(Client.Key("idleTimeoutMillis"), Client.Key("idleTimeout"));
        if (IgniteFile.NumberOf(idle, 0) is not { } millis)
        {
            yield return file.Unsure(idle);
        }
        else if (millis == 0)
        {
            yield return Observation.Of("connections that say nothing are never closed", file.Show(idle));
        }
    }
}
