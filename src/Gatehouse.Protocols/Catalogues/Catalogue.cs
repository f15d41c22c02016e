using Gatehouse.Problems;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>
/// The table that maps an HTTP API to the operations of a system: one line an endpoint, <c>METHODS TEMPLATE ACTION RESOURCES
/// OPTIONS</c>. What it does not know is refused. Immutable, shared by all connections. The form is described in
/// <see cref="Parse"/>.
/// </summary>
public sealed class Catalogue
{
    private static readonly Lazy<Catalogue> Default = new(static () => MakeHttp());

    private readonly RouteNode _root;
    private readonly HttpMethods _methods;

    internal Catalogue(string system, RouteNode root, HttpMethods methods, IReadOnlyList<CatalogueEndpoint> endpoints)
    {
        System = system;
        _root = root;
        _methods = methods;
        Endpoints = endpoints;
    }

    /// <summary>The system in whose words the operations are named.</summary>
    public string System { get; }

    /// <summary>All endpoints in the order written.</summary>
    public IReadOnlyList<CatalogueEndpoint> Endpoints { get; }

    /// <summary>
    /// Reads a catalogue. <c>#</c> begins a comment; columns are separated by white space:
    /// <c>METHOD[,METHOD] TEMPLATE ACTION[,ACTION] RESOURCES OPTIONS</c>; a line <c>+ ACTION RESOURCES [when=/pointer]</c> adds
    /// an operation to the endpoint above it.
    /// <para>Methods: upper-case names, or <c>*</c> for GET, HEAD, POST, PUT, DELETE, PATCH and OPTIONS. GET never implies HEAD.
    /// The most specific template of a path decides: where it does not list the method the answer is 405.</para>
    /// <para>Templates: words beat placeholders from left to right, with fallback; <c>{x}</c> is one segment, <c>{x:opaque}</c> one
    /// that may hold an encoded slash, <c>{x:rest}</c> all that follows, also nothing.</para>
    /// <para>Resources: <c>-</c> for none, or a comma list of names put together from <c>{x}</c>, <c>{gate}</c> and
    /// <c>{query.x}</c>; JSON pointers, <c>*</c> being every element; <c>range(/key,/end)</c>; <c>prefix(R)</c>: all that begin with
    /// it; <c>optional(R)</c>: may be missing, and then means everything unless another resource must be there.</para>
    /// <para>Options: <c>body=none|json(SIZE)|stream(SIZE)</c>, <c>content-type=T,T</c>, <c>encoding=base64|plain</c>,
    /// <c>fields=/a,/b/*/c,/d/**|any</c>, <c>query=a,b|any</c>, <c>repeat=a|any</c>, <c>any-principal</c>, <c>upgrade</c>, <c>secret-body</c>,
    /// <c>trailing-slash=refuse|strip|keep</c> (default refuse; keep where the template ends with <c>{x:rest}</c>),
    /// <c>when=/pointer</c>.</para>
    /// </summary>
    /// <param name="system">The system's name; the caller checks that it is not reserved.</param>
    /// <param name="text">The table.</param>
    /// <param name="source">File or key it came from, for problems.</param>
    /// <param name="problems">Takes everything that is wrong, with line and column (GH7201 to GH7209).</param>
    /// <returns>The catalogue, or null when a problem was added.</returns>
    public static Catalogue? Parse(string system, string text, string source, ICollection<Problem> problems) =>
        new CatalogueParser(system, source, problems).Run(text);

    /// <summary>
    /// The catalogue of system <c>http</c>, for gates without one of their own: any path; the action is the method in lower
    /// case, the resource <c>GATE/PATH</c>; any query, body and upgrade (as far as the gate's own limits go).
    /// </summary>
    public static Catalogue Http() => Default.Value;

    /// <summary>
    /// Finds the endpoint of a request and holds the target to it. Where the endpoint says <c>trailing-slash=strip</c> the
    /// target loses its trailing slash here, so that what is forwarded is what was decided on.
    /// </summary>
    public CatalogueMatch Match(string method, CanonicalTarget target)
    {
        RouteEnd? end = RouteNode.Find(_root, target, 0);
        if (end is null)
        {
            return new CatalogueMatch(null, MatchError.UnknownPath, null);
        }

        CatalogueEndpoint? endpoint = end[_methods.IndexOf(method)];
        if (endpoint is null)
        {
            return new CatalogueMatch(null, MatchError.MethodNotAllowed, end.Allow);
        }

        EndpointDefinition definition = endpoint.Definition;
        if (target.HasAnyEncodedSlash && !definition.Path.AcceptsEncodedSlashes(target))
        {
            return new CatalogueMatch(endpoint, MatchError.EncodedSlash, null);
        }

        if (target.HasTrailingSlash && definition.TrailingSlash != TrailingSlash.Keep)
        {
            if (definition.TrailingSlash == TrailingSlash.Refuse)
            {
                return new CatalogueMatch(endpoint, MatchError.TrailingSlash, null);
            }

            target.StripTrailingSlash();
        }

        return new CatalogueMatch(endpoint, CheckParameters(definition, target), null);
    }

    private static MatchError CheckParameters(EndpointDefinition definition, CanonicalTarget target)
    {
        for (int i = 0; i < target.ParameterCount; i++)
        {
            ReadOnlySpan<byte> name = target.ParameterName(i);
            if (!definition.AnyQuery && !Contains(definition.Query, name))
            {
                return MatchError.UnknownParameter;
            }

            if (target.IsRepeated(i) && !definition.AnyRepeat && !Contains(definition.Repeat, name))
            {
                return MatchError.RepeatedParameter;
            }
        }

        return MatchError.None;
    }

    private static bool Contains(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in names)
        {
            if (name.SequenceEqual(known))
            {
                return true;
            }
        }

        return false;
    }

    private static Catalogue MakeHttp()
    {
        List<Problem> problems = [];
        return Parse(
            "http", "* /{path:rest} {method} {gate}/{path} body=stream query=any repeat=any upgrade", "built in", problems)
            ?? throw new InvalidOperationException(problems[0].ToString());
    }
}
