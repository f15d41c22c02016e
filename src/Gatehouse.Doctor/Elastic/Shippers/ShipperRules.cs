using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Shippers;

/// <summary>Logstash and Beats: ES-074, and of ES-021 what stands in their files.</summary>
internal static class ShipperRules
{
    private static readonly string[] Superusers = ["elastic", "admin"];

    /// <summary>By id.</summary>
    public static ImmutableArray<Rule<ShipperSubject>> All { get; } =
    [
        new("ES-021", PasswordsAreKnown),
        new("ES-074", OutputsAreOpen),
    ];

    private static IEnumerable<Observation> PasswordsAreKnown(ShipperSubject shipper)
    {
        foreach (Output output in shipper.Outputs)
        {
            foreach (Setting secret in output.Secrets.Where(static s => s.Text is { Length: > 0 } text && KnownPasswords.Contains(text)))
            {
                yield return Observation.At($"`{output.Name}` logs in with a password that everybody knows", secret);
            }
        }
    }

    private static IEnumerable<Observation> OutputsAreOpen(ShipperSubject shipper)
    {
        if (shipper.Settings.IsPartial)
        {
            yield return Observation.Unknown("where it sends is not known, because its file cannot be read") with { Evidence = [shipper.Absent("output")] };
        }

        foreach ((string file, string why) in shipper.Unread)
        {
            yield return Observation.Unknown($"where it sends is not wholly known: {why}") with { Evidence = [new Evidence(EvidenceKind.File, file, Path.GetFileName(file))] };
        }

        foreach (Observation observation in shipper.Outputs.SelectMany(output => (IEnumerable<Observation>)[.. Plain(shipper, output), .. Unverified(output), .. User(output), .. Secrets(output)]))
        {
            yield return observation;
        }
    }

    private static IEnumerable<Observation> Plain(ShipperSubject shipper, Output output)
    {
        if (output.Hosts.IsDoubtful() || output.Tls.IsUnknown || output.Protocol.IsUnknown)
        {
            yield return (output.Hosts.IsDoubtful() ? output.Hosts : output.Tls.IsUnknown ? output.Tls : output.Protocol).Doubt();
            yield break;
        }

        bool isBareTls = output.Tls.IsSet ? output.Tls.Kind == SettingKind.Map || output.Tls.AsBoolean() == true : output.Protocol.IsSet ? output.Protocol.Text == "https" : !output.IsPlainByDefault;
        string[] plain = [.. output.Hosts.Words().Where(host => host.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || (!host.Contains("://", StringComparison.Ordinal) && !isBareTls))];
        if (plain.Length > 0)
        {
            bool isHere = plain.All(host => Reach.IsLoopback(Addresses.HostOf(host), shipper));
            yield return Observation.At(isHere ? Severity.Low : Severity.High, $"`{output.Name}` sends documents and passwords in plain text{(isHere ? ", on this host" : "")}", output.Hosts, output.Tls);
        }
    }

    private static IEnumerable<Observation> Unverified(Output output)
    {
        if (output.Verification.IsUnknown)
        {
            yield return output.Verification.Doubt();
        }
        else if (output.Verification.Text is "none" or "false")
        {
            yield return Observation.At(Severity.High, $"`{output.Name}` takes any certificate from a node", output.Verification);
        }
    }

    private static IEnumerable<Observation> User(Output output)
    {
        if (Superusers.Contains(output.User.Text, StringComparer.Ordinal))
        {
            yield return Observation.At(Severity.High, $"`{output.Name}` logs in as a superuser", output.User);
        }
    }

    private static IEnumerable<Observation> Secrets(Output output)
    {
        foreach (Setting secret in output.Secrets.Where(static s => s is { Text.Length: > 0 } && s.IsLiteral()))
        {
            yield return Observation.At(Severity.High, $"the secret of `{output.Name}` stands in the file instead of the keystore", secret);
        }

        if (output.Hosts.Words().Any(Addresses.HasPassword))
        {
            yield return Observation.At(Severity.High, $"a password stands in an address of `{output.Name}`", output.Hosts);
        }
    }
}
