using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>REST, which deploys code and changes every setting.</summary>
internal static class RestChecks
{
    private static readonly IgniteChannel Rest = IgniteChannel.Rest;

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.Node("IGN-REST-001", static (subject, file) => DoorChecks.HasNoTls(subject, file, Rest, isWorse: false, "names and passwords are readable in each request")),
        Scope.Node("IGN-REST-002", static (_, file) => DoorChecks.IsOn(file, Rest.Key("dualProtocol"), "the plain port stays open beside the one with TLS")),
        Scope.Node("IGN-REST-003", SendsNobodyOn),
        Scope.Node("IGN-REST-004", ListensEverywhere),
        Scope.Node("IGN-REST-005", NeedsNoCertificate),
    ];

    // Always said. Strangers without a certificate of the cluster's own authority are sent away before they can ask anything.
    private static IEnumerable<Observation> ListensEverywhere(IgniteSubject subject, IgniteFile file)
    {
        bool isShut = Rest.IsTls(file) == true && Rest.ClientAuth(file) == "require" && file.Flag(Rest.Key("dualProtocol")) == false;
        string text = $"REST listens on every interface and has no setting for it: only a firewall keeps ports {Ports(file)} to the gate";
        yield return Observation.Of(isShut ? text + ", and a certificate is required of whoever comes" : text, DoorChecks.ShowReach(subject, file, Rest)) with { Severity = isShut ? Severity.Info : null };
    }

    private static IEnumerable<Observation> SendsNobodyOn(IgniteSubject subject, IgniteFile file)
    {
        string both = Rest.Key("dualProtocol"), redirect = Rest.Key("httpToHttpsRedirection");
        bool? isBoth = file.Flag(both);
        if (isBoth == false)
        {
            yield break;
        }

        bool? isSentOn = file.Flag(redirect);
        if (isBoth is null || isSentOn is null)
        {
            yield return file.Unsure(isBoth is null ? both : redirect);
        }
        else if (!isSentOn.Value)
        {
            yield return Observation.Of("the plain port answers requests itself and sends nobody to the one with TLS", file.Show(both), file.Show(redirect));
        }
    }

    private static IEnumerable<Observation> NeedsNoCertificate(IgniteSubject subject, IgniteFile file)
    {
        string path = Rest.Tls("clientAuth");
        if (Rest.ClientAuth(file) is not { } auth)
        {
            yield return file.Unsure(path);
        }
        else if (auth != "require")
        {
            yield return Observation.Of("whoever has a password reaches REST: no client certificate is required", file.Show(path));
        }
    }

    private static string Ports(IgniteFile file)
    {
        string plain = $"{Rest.PortOf(file) ?? Rest.DefaultPort}";
        string secure = $"{IgniteFile.NumberOf(file.At(Rest.Tls("port")), PortChecks.DefaultSecureRest) ?? PortChecks.DefaultSecureRest}";
        return $"{plain} and {secure}";
    }
}
