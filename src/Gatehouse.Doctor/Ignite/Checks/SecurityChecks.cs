using System.Collections.Immutable;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>Whether the cluster asks who somebody is, and by which providers.</summary>
internal static class SecurityChecks
{
    private const string Enabled = "security.enabled";

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.Cluster("IGN-SEC-001", IsOff),
        Scope.Cluster("IGN-SEC-002", HasNoProvider),
        Scope.Cluster("IGN-SEC-008", HasNotOneBasicProvider),
        Scope.Host("IGN-SEC-011", HasNoRights),
    ];

    private static IEnumerable<Observation> IsOff(IgniteSubject subject, IgniteFile file)
    {
        if (file.Flag(Enabled) is not { } isEnabled)
        {
            yield return file.Unsure(Enabled);
        }
        else if (!isEnabled)
        {
            yield return Observation.Of("security is off: whoever reaches a port of a node may read and write everything, deploy code and run it", file.Show(Enabled));
        }
    }

    private static IEnumerable<Observation> HasNoProvider(IgniteSubject subject, IgniteFile file)
    {
        bool? isEnabled = file.Flag(Enabled);
        if (isEnabled == false)
        {
            yield break; // IGN-SEC-001 says it
        }

        if (file.Named(IgniteUser.Providers) is not { } providers)
        {
            yield return file.Unsure(IgniteUser.Providers);
        }
        else if (providers.IsEmpty)
        {
            yield return isEnabled is null
                ? file.Unsure(Enabled)
                : Observation.Of("security is on without a provider: Ignite makes the user `ignite` with the password `ignite` by itself", file.Show(Enabled), file.Show(IgniteUser.Providers));
        }
    }

    private static IEnumerable<Observation> HasNotOneBasicProvider(IgniteSubject subject, IgniteFile file)
    {
        if (file.Named(IgniteUser.Providers) is not { } providers)
        {
            yield return file.Unsure(IgniteUser.Providers);
            yield break;
        }

        foreach (NamedEntry provider in providers)
        {
            Setting type = provider.At("type");
            string? word = IgniteUser.TypeOf(provider);
            if (word is null)
            {
                yield return file.Unsure(type);
            }
            else if (word != "basic")
            {
                yield return Observation.Of($"provider `{provider.Name}` is of type `{word}`, which Apache Ignite does not have: it knows `basic` alone", file.Show(type));
            }
            else if (IgniteFile.NamedIn(provider.At("users"), "username") is { IsEmpty: true } && file.Flag(Enabled) == true)
            {
                yield return Observation.Of($"provider `{provider.Name}` has no user, with which the configuration is refused while security is on", file.Show(provider.Setting));
            }
        }

        ImmutableArray<NamedEntry> basic = [.. providers.Where(static provider => IgniteUser.TypeOf(provider) == "basic")];
        if (!providers.IsEmpty && basic.Length != 1 && providers.All(static provider => IgniteUser.TypeOf(provider) is not null))
        {
            yield return Observation.Of(
                $"there are {basic.Length} providers of type `basic`, and Ignite takes a configuration with exactly one",
                [.. (basic.IsEmpty ? providers : basic).Select(provider => file.Show(provider.Setting))]);
        }
    }

    private static IEnumerable<Observation> HasNoRights(IgniteSubject subject)
    {
        if (!subject.IsIgnite2)
        {
            yield return Observation.Of("Apache Ignite knows users and no rights: every user may do everything, so rights have to be decided before it");
        }
    }
}
