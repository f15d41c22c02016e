using System.Collections.Immutable;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite;

/// <summary>A user that the cluster's configuration makes.</summary>
/// <param name="Provider">The provider that has it.</param>
/// <param name="Name">Its name, in which case makes no difference.</param>
/// <param name="Entry">What is set of it.</param>
internal sealed record IgniteUser(string Provider, string Name, NamedEntry Entry)
{
    /// <summary>Where the users' providers are.</summary>
    public const string Providers = "security.authentication.providers";

    /// <summary>Its password; never to be shown.</summary>
    public Setting Password => Entry.At("password");

    /// <summary>Whether the file holds its password.</summary>
    public bool HasPassword => Password.Text is { Length: > 0 } and not IgniteFile.MaskedByIgnite;

    /// <summary>Whether the file shows that there is a password, and not which.</summary>
    public bool IsMasked => Password.IsUnknown || Password.Text == IgniteFile.MaskedByIgnite;

    /// <summary>All users, or null where they cannot be told.</summary>
    public static ImmutableArray<IgniteUser>? Of(IgniteFile file)
    {
        if (file.Named(Providers) is not { } providers)
        {
            return null;
        }

        var found = ImmutableArray.CreateBuilder<IgniteUser>();
        foreach (NamedEntry provider in providers)
        {
            if (IgniteFile.NamedIn(provider.At("users"), "username") is not { } users)
            {
                return null;
            }

            found.AddRange(users.Select(user => new IgniteUser(provider.Name, user.Name, user)));
        }

        return found.ToImmutable();
    }

    /// <summary>What a provider is: basic where it does not say.</summary>
    public static string? TypeOf(NamedEntry provider) => IgniteFile.TextOf(provider.At("type"), "basic");
}
