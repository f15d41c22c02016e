using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms;

/// <summary>Lets in who presents nothing, at gates that name it.</summary>
internal sealed class AnonymousRealm(RealmDocument document) : IRealm
{
    /// <inheritdoc/>
    public RealmDocument Document => document;

    /// <inheritdoc/>
    public ValueTask<RealmAnswer> VerifyAsync(PresentedCredentials presented, IRealmSteps? steps, CancellationToken cancellation)
    {
        if (!presented.IsNothing || document.Anonymous is not { } anonymous)
        {
            return new ValueTask<RealmAnswer>(RealmAnswer.NotMine);
        }

        steps?.Add("nothing is presented", isFine: true);
        return new ValueTask<RealmAnswer>(new RealmAnswer(RealmVerdict.Accepted, new Principal(anonymous.Name, document.Name)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Holds nothing.
    }
}
