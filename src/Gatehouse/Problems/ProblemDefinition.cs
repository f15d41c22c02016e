namespace Gatehouse.Problems;

/// <summary>
/// A kind of problem with a permanent id (<c>GH</c> and four digits) and a page <c>docs/errors/ID.md</c>.
/// Ids are never reused: GH0 start, GH1 configuration, GH2 store and state, GH3 trust and files (GH308x: foreign role files), GH4 network, admission
/// and TLS, GH5 identity, GH6 policy, GH7 gates and forwarding, GH8 audit (GH81xx: configuration files of guarded systems), GH9 administration.
/// </summary>
/// <param name="Id">The permanent id.</param>
/// <param name="Title">The headline of the page, without data.</param>
public sealed record ProblemDefinition(string Id, string Title)
{
    /// <summary>Makes an instance.</summary>
    public Problem Because(string text, ProblemLocation? location = null, string? hint = null) =>
        new(this, text, location, hint);

    /// <summary>Makes an exception that carries an instance; for faults that end the current command or start.</summary>
    public ProblemException Exception(string text, string? hint = null, Exception? inner = null) =>
        new(new Problem(this, text, null, hint), inner);
}
